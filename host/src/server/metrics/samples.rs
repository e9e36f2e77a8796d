//! Writing samples, one metric after the other.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, LabelSetEncoder, MetricEncoder,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;

/// Labels and their values.
pub(super) type Labels<'l> = &'l [(&'static str, &'l str)];

/// Writes metrics.
pub(super) struct Samples<'e>(DescriptorEncoder<'e>);

/// Writes the samples of one metric.
pub(super) struct Metric<'m>(MetricEncoder<'m>);

/// Labels as the library wants them.
#[derive(Debug)]
struct Set<'l>(Labels<'l>);

impl<'e> Samples<'e> {
    pub(super) const fn new(encoder: DescriptorEncoder<'e>) -> Self {
        Self(encoder)
    }

    /// A number that goes up and down. The names of all are in `docs/metrics.md`.
    pub(super) fn gauge<'m>(
        &'m mut self,
        name: &'m str,
        help: &str,
    ) -> Result<Metric<'m>, fmt::Error> {
        self.metric(name, help, MetricType::Gauge)
    }

    /// A number that only grows; `name` is without its `_total`.
    pub(super) fn counter<'m>(
        &'m mut self,
        name: &'m str,
        help: &str,
    ) -> Result<Metric<'m>, fmt::Error> {
        self.metric(name, help, MetricType::Counter)
    }

    /// Times.
    pub(super) fn histogram<'m>(
        &'m mut self,
        name: &'m str,
        help: &str,
    ) -> Result<Metric<'m>, fmt::Error> {
        self.metric(name, help, MetricType::Histogram)
    }

    fn metric<'m>(
        &'m mut self,
        name: &'m str,
        help: &str,
        kind: MetricType,
    ) -> Result<Metric<'m>, fmt::Error> {
        Ok(Metric(self.0.encode_descriptor(name, help, None, kind)?))
    }
}

impl Metric<'_> {
    /// A sample of a gauge.
    pub(super) fn is(&mut self, labels: Labels<'_>, value: f64) -> fmt::Result {
        ConstGauge::new(value).encode(self.0.encode_family(&Set(labels))?)
    }

    /// A sample of a gauge of whole numbers.
    pub(super) fn is_count(&mut self, labels: Labels<'_>, value: usize) -> fmt::Result {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        ConstGauge::new(value).encode(self.0.encode_family(&Set(labels))?)
    }

    /// A sample of a gauge that is 0 or 1.
    pub(super) fn is_so(&mut self, labels: Labels<'_>, value: bool) -> fmt::Result {
        ConstGauge::new(i64::from(value)).encode(self.0.encode_family(&Set(labels))?)
    }

    /// A sample of a counter.
    pub(super) fn counted(&mut self, labels: Labels<'_>, value: u64) -> fmt::Result {
        ConstCounter::new(value).encode(self.0.encode_family(&Set(labels))?)
    }

    /// A sample of a counter that counts parts, too.
    pub(super) fn counted_parts(&mut self, labels: Labels<'_>, value: f64) -> fmt::Result {
        ConstCounter::new(value).encode(self.0.encode_family(&Set(labels))?)
    }

    /// The samples of a histogram.
    pub(super) fn times(&mut self, labels: Labels<'_>, times: &Histogram) -> fmt::Result {
        times.encode(self.0.encode_family(&Set(labels))?)
    }
}

impl EncodeLabelSet for Set<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}
