//! A fleet as a live table on a terminal. Must not know the supervisor.

use super::begun::Begun;
use super::lines::{Printer, summary};
use super::shown::shown;
use super::view::{Row, View};
use bvm::{Counters, Event, Id, State};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph, Table, TableState};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// Lines of output that are shown.
const SHOWN: usize = 8;

/// The terminal, taken over until the view is dropped.
pub struct Screen {
    terminal: DefaultTerminal,
    /// The last lines that guests have written.
    lines: VecDeque<String>,
    begun: Begun,
    /// What follows the table.
    out: Printer,
    /// Changes of state so far.
    changes: u64,
    /// Fuel and time when the table was last drawn.
    last: (u64, Duration),
    scrolled: TableState,
}

impl Screen {
    /// Takes the terminal over, if it can be.
    pub fn open() -> Option<Screen> {
        Some(Screen {
            terminal: ratatui::try_init().ok()?,
            lines: VecDeque::new(),
            begun: Begun::default(),
            out: Printer::default(),
            changes: 0,
            last: (0, Duration::ZERO),
            scrolled: TableState::new(),
        })
    }

    /// Takes the keys that have been pressed; says whether one of them means the end.
    fn keys(&mut self) -> bool {
        while event::poll(Duration::ZERO).unwrap_or(false) {
            let Ok(Input::Key(key)) = event::read() else {
                continue;
            };
            let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                KeyCode::Char('q') | KeyCode::Esc => return true,
                KeyCode::Char('c') if is_control => return true,
                KeyCode::Down => self.scrolled.scroll_down_by(1),
                KeyCode::Up => self.scrolled.scroll_up_by(1),
                KeyCode::PageDown => self.scrolled.scroll_down_by(20),
                KeyCode::PageUp => self.scrolled.scroll_up_by(20),
                _ => {}
            }
        }
        false
    }

    fn draw(&mut self, rows: &[Row], now: Duration) {
        let fuel: u64 = rows.iter().map(|row| row.counters.fuel).sum();
        let passed = now.saturating_sub(self.last.1).as_secs_f64().max(1e-3);
        let rate = fuel.saturating_sub(self.last.0) as f64 / passed / 1e6;
        self.last = (fuel, now);
        let title = format!(
            " {} guests, {} run, {rate:.1} M units/s, {} changes, {:.1} s, q ends ",
            rows.len(),
            rows.iter()
                .filter(|row| row.state == State::Running)
                .count(),
            self.changes,
            now.as_secs_f64(),
        );
        let widths = [
            Constraint::Min(12),
            Constraint::Length(20),
            Constraint::Length(4),
            Constraint::Length(14),
            Constraint::Length(14),
            Constraint::Length(10),
            Constraint::Length(7),
            Constraint::Length(8),
            Constraint::Min(20),
        ];
        let head = [
            "guest",
            "state",
            "ring",
            "fuel",
            "fuel left",
            "KiB",
            "inbox",
            "restarts",
            "outcome",
        ];
        let table = Table::new(rows.iter().map(cells), widths)
            .header(ratatui::widgets::Row::new(head).style(Modifier::BOLD))
            .row_highlight_style(Modifier::REVERSED)
            .block(Block::bordered().title(title));
        let output: Vec<Line<'_>> = self
            .lines
            .iter()
            .map(|line| Line::raw(line.as_str()))
            .collect();
        let output = Paragraph::new(output).block(Block::bordered().title(" output "));
        let state = &mut self.scrolled;
        // A terminal that does not take it any more ends the command by itself.
        let _ = self.terminal.draw(|frame| {
            let parts = [Constraint::Min(4), Constraint::Length(SHOWN as u16 + 2)];
            let [above, below] = Layout::vertical(parts).areas(frame.area());
            frame.render_stateful_widget(table, above, state);
            frame.render_widget(output, below);
        });
    }
}

fn cells(row: &Row) -> ratatui::widgets::Row<'static> {
    let color = match row.state {
        State::Running => Color::Green,
        State::Waiting(_) => Color::Cyan,
        State::Paused(_) | State::Saved => Color::Yellow,
        State::Crashed | State::Failed | State::Stuck | State::Killed => Color::Red,
        _ => Color::Reset,
    };
    let cells = [
        row.name.clone(),
        row.state.to_string(),
        row.ring.number().to_string(),
        row.counters.fuel.to_string(),
        row.fuel_left
            .map_or("-".to_owned(), |left| left.max(0).to_string()),
        (row.memory >> 10).to_string(),
        row.waiting.to_string(),
        row.counters.restarts.to_string(),
        row.line(),
    ];
    ratatui::widgets::Row::new(cells).style(Style::new().fg(color))
}

/// Adds a line to those that are shown.
fn push(lines: &mut VecDeque<String>, name: &str, line: &[u8]) {
    lines.push_back(format!("{name}| {}", String::from_utf8_lossy(&shown(line))));
    if lines.len() > SHOWN {
        lines.pop_front();
    }
}

impl View for Screen {
    fn event(&mut self, name: &str, event: &Event) {
        self.changes += 1;
        if event.change.new.is_end()
            && let Some(rest) = self.begun.finish(event.guest)
        {
            push(&mut self.lines, name, &rest);
        }
    }

    fn written(&mut self, guest: Id, name: &str, _: i64, bytes: &[u8]) {
        let lines = &mut self.lines;
        self.begun
            .add(guest, name, bytes, |line| push(lines, name, line));
    }

    fn look(&mut self, rows: &[Row], now: Duration) -> bool {
        self.draw(rows, now);
        self.keys()
    }

    fn end(&mut self, rows: &[Row], total: &Counters, dropped: u64) {
        ratatui::restore();
        summary(&mut self.out, rows, total, dropped);
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
