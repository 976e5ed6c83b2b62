//! Parts of a restored match that stay in the bytes of its image until matching comes to them: going on must not take
//! longer the more there is. Must not know what they mean.

use std::sync::Arc;

/// Records of `N` bytes, one behind the other in an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records<const N: usize> {
    image: Option<Arc<Vec<u8>>>,
    /// Where the first one begins.
    first: usize,
    count: usize,
}

impl<const N: usize> Records<N> {
    /// So many records from a place on, which moves behind them; `None` when the image ends before.
    pub fn take(image: &Arc<Vec<u8>>, at: &mut usize, count: usize) -> Option<Records<N>> {
        let first = *at;
        *at = first.checked_add(count.checked_mul(N)?)?;
        (*at <= image.len()).then(|| Records {
            image: (count > 0).then(|| image.clone()),
            first,
            count,
        })
    }

    /// How many there are.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Record `index`.
    #[cold]
    pub fn get(&self, index: usize) -> Option<[u8; N]> {
        self.bytes().as_chunks().0.get(index).copied()
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        let image = self.image.as_ref().map_or(&[][..], |image| image);
        let bytes = image.get(self.first..self.first + self.count * N);
        bytes.unwrap_or_default()
    }

    /// Takes off those from `index` on.
    pub fn truncate(&mut self, index: usize) {
        self.count = self.count.min(index);
        self.forget_image_of_none();
    }

    /// Takes all off.
    #[inline(always)]
    pub fn clear(&mut self) {
        if self.count > 0 {
            self.truncate(0);
        }
    }

    #[cold]
    fn forget_image_of_none(&mut self) {
        if self.count == 0 {
            self.image = None;
        }
    }
}
