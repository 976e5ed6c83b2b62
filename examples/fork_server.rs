//! A server that warms a program up once, and gives each request a copy of it: what a request does to its copy, no
//! other one sees. How long a copy takes goes to standard error.
//!
//! > /prices -> 200: 1000 prices, the last is 3000
//! > /break -> 500: app:9: broken
//! > /prices -> 200: 1000 prices, the last is 3000
//! > /forever -> 503: out of fuel
//! > /prices -> 200: 1000 prices, the last is 3000

use bvm::{Error, Guest, Image, Value};
use std::time::{Duration, Instant};

/// What takes long and is the same for all requests.
const APP: &str = r#"
prices = {}
for i = 1, 1000 do prices[i] = { name = "thing " .. i, price = i * 3 } end

function serve(path)
  if path == "/forever" then
    while true do end
  elseif path == "/break" then
    prices = nil
    error("broken")
  end
  return #prices .. " prices, the last is " .. prices[#prices].price
end
"#;

/// Fuel of a request.
const FUEL: u64 = 100_000;

fn warm() -> Result<Image, Error> {
    let mut guest = Guest::builder().memory(8 << 20).build()?;
    let app = guest.load(APP.trim_start(), "=app")?;
    guest.call(&app, &[], 10_000_000)?;
    guest.image()
}

fn answer(image: &Image, path: &str) -> Result<String, Error> {
    let mut guest = Guest::builder().memory(8 << 20).fork(image)?;
    let Value::Function(serve) = guest.global("serve")? else {
        return Ok("404".to_owned());
    };
    match guest.call(&serve, &[path.into()], FUEL) {
        Ok(values) => match values.first() {
            Some(Value::String(text)) => Ok(format!("200: {}", String::from_utf8_lossy(text))),
            other => Ok(format!("500: {other:?}")),
        },
        Err(Error::OutOfFuel) => Ok("503: out of fuel".to_owned()),
        Err(error) => Ok(format!("500: {error}")),
    }
}

fn main() -> Result<(), Error> {
    let image = warm()?;
    for path in ["/prices", "/break", "/prices", "/forever", "/prices"] {
        println!("{path} -> {}", answer(&image, path)?);
    }
    const REQUESTS: u32 = 2000;
    let (mut copying, began) = (Duration::ZERO, Instant::now());
    for _ in 0..REQUESTS {
        let copied = Instant::now();
        drop(Guest::builder().fork(&image)?);
        copying += copied.elapsed();
        answer(&image, "/prices")?;
    }
    let all = began.elapsed() - copying;
    eprintln!(
        "{:?} a copy, {:?} a request",
        copying / REQUESTS,
        all / REQUESTS
    );
    Ok(())
}
