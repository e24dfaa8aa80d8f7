using System.Globalization;
using Prometheus;

namespace Shaper.Host.Control;

/// <summary>A status as the text that Prometheus reads. Totals are counters, the rest gauges; units are in the names.</summary>
/// <remarks>Made anew for each reading: nothing is shared, and several shapers in one process (tests) do not mix.</remarks>
internal sealed class MetricsPage
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly IMetricFactory _factory;

    public MetricsPage(ShaperStatus status)
    {
        _factory = Metrics.WithCustomRegistry(_registry);
        Take(status);
    }

    public Task WriteAsync(Stream to, CancellationToken cancellation) => _registry.CollectAndExportAsTextAsync(to, cancellation);

    private void Take(ShaperStatus status)
    {
        Gauge("shaper_uptime_seconds", "Since start.", status.UptimeSeconds);
        Gauge("shaper_bypass", "1 while the kernel bridge carries the traffic.", status.Mode == "bypass" ? 1 : 0);
        Gauge("shaper_upstream_arriving_bits_per_second", "What arrives at the WAN port.", status.Upstream.ArrivingBitsPerSecond);
        Gauge("shaper_upstream_unsteerable_bits_per_second", "Of that, neither TCP nor a call.", status.Upstream.UnsteerableBitsPerSecond);
        Gauge("shaper_upstream_not_controllable", "1 while calls suffer from what cannot be controlled from this side.", status.Upstream.State == "notcontrollable" ? 1 : 0);
        Gauge("shaper_upstream_queue_known", "1 while there is evidence of the provider's queue.", status.Upstream.QueueMilliseconds is null ? 0 : 1);
        if (status.Upstream is { QueueMilliseconds: { } queue, QueueBytes: { } bytes })
        {
            Gauge("shaper_upstream_queue_seconds", "Estimate of the queue at the provider; absent while unknown.", queue / 1e3);
            Gauge("shaper_upstream_queue_bytes", "The same at the link's rate.", bytes);
        }

        Gauge("shaper_steering", "1 while far TCP senders are steered.", status.Steering is null ? 0 : 1);
        if (status.Steering is { } steering)
        {
            Gauge("shaper_steering_connections", "Connections tracked.", steering.Connections);
            Total("shaper_steering_windows_lowered_total", "Segments whose window was lowered.", steering.WindowsLowered);
            Total("shaper_steering_acks_held_total", "Acknowledgements held.", steering.AcksHeld);
        }

        Gauge("shaper_outbound_steering", "1 while far receivers' windows are lowered.", status.OutboundSteering is null ? 0 : 1);
        if (status.OutboundSteering is { } outbound)
        {
            Gauge("shaper_outbound_steering_connections", "Connections tracked.", outbound.Connections);
            Total("shaper_outbound_steering_windows_lowered_total", "Segments whose window was lowered.", outbound.WindowsLowered);
        }

        Take("down", status.Down);
        Take("up", status.Up);
        Take("wan", status.Wan);
        Take("lan", status.Lan);
        Total("shaper_gate_engagements_total", "Times the shaper took the traffic over.", status.Gate.Engagements);
        Total("shaper_gate_stalls_total", "Times the kernel took over because the loop was late.", status.Gate.Stalls);
        Total("shaper_gate_kernel_forwarded_frames_total", "Frames the kernel carried.", status.Gate.KernelForwardedFrames);
        Total("shaper_loop_breaths_total", "Turns of the shaping loop.", status.Loop.Breaths);
        Total("shaper_loop_late_wakes_total", "Turns that began more than 1 ms late.", status.Loop.LateWakes);
        Gauge("shaper_loop_worst_late_seconds", "The latest turn.", status.Loop.WorstLateMilliseconds / 1e3);
        Gauge("shaper_loop_cpu_ratio", "Share of one core used by the shaper's threads.", status.Loop.CpuPercent / 100);
    }

    private void Take(string direction, DirectionStatus status)
    {
        (string, string) which = ("direction", direction);
        Gauge("shaper_link_bits_per_second", "The link's own rate.", status.LinkBitsPerSecond, which);
        Gauge("shaper_shaped_bits_per_second", "What the bucket runs at.", status.ShapedBitsPerSecond, which);
        Total("shaper_handoff_dropped_frames_total", "Frames lost between the threads.", status.HandoffDrops.StrictFrames, which, ("band", "strict"));
        Total("shaper_handoff_dropped_frames_total", "Frames lost between the threads.", status.HandoffDrops.ControlFrames, which, ("band", "control"));
        Total("shaper_handoff_dropped_frames_total", "Frames lost between the threads.", status.HandoffDrops.RestFrames, which, ("band", "rest"));
        Total("shaper_mss_clamped_frames_total", "SYNs lowered.", status.MssClampedFrames, which);
        Total("shaper_refusals_total", "Resets and ICMP answers sent for refused frames.", status.RefusalsSent, which);

        // Of inner classes the sums would be counted twice by whoever adds classes up.
        foreach (ClassStatus one in status.Classes.Where(static one => one.IsLeaf))
        {
            (string, string) name = ("class", one.Name);
            Total("shaper_sent_frames_total", "Frames sent.", one.SentFrames, which, name);
            Total("shaper_sent_wire_bytes_total", "Bytes sent as the link carries them.", one.SentWireBytes, which, name);
            Total("shaper_policed_frames_total", "Frames that exceeded the policer and went on in the overflow class.", one.PolicedFrames, which, name);
            foreach ((string cause, long frames) in new[]
            {
                ("queue_full", one.Drops.QueueFullFrames), ("memory", one.Drops.MemoryFrames), ("codel", one.Drops.CodelFrames),
                ("ack_thinned", one.Drops.AckThinnedFrames), ("too_old", one.Drops.TooOldFrames), ("discarded", one.Drops.DiscardedFrames),
                ("refused", one.Drops.RefusedFrames),
            })
            {
                Total("shaper_dropped_frames_total", "Frames dropped.", frames, which, name, ("cause", cause));
            }

            Total("shaper_ce_marked_frames_total", "Frames marked CE.", one.CeMarkFrames, which, name, ("by", "codel"));
            Total("shaper_ce_marked_frames_total", "Frames marked CE.", one.ShallowMarkFrames, which, name, ("by", "shallow"));
            Total("shaper_borrowed_wire_bytes_total", "Bytes sent beyond the guarantee.", one.BorrowedWireBytes, which, name);
            Gauge("shaper_guarantee_bits_per_second", "The guarantee that holds.", one.GuaranteeBitsPerSecond, which, name);
            Gauge("shaper_ceiling_bits_per_second", "The ceiling.", one.CeilingBitsPerSecond, which, name);
            Gauge("shaper_backlog_frames", "Frames waiting.", one.BacklogFrames, which, name);
            Gauge("shaper_backlog_wire_bytes", "Bytes waiting, as the link carries them.", one.BacklogWireBytes, which, name);
            if (one.Partitions is { } parts)
            {
                Take(parts, which, name);
            }

            Gauge("shaper_sojourn_seconds", "Time in the box since start.", one.Sojourn.P50Milliseconds / 1e3, which, name, ("quantile", "0.5"));
            Gauge("shaper_sojourn_seconds", "Time in the box since start.", one.Sojourn.P99Milliseconds / 1e3, which, name, ("quantile", "0.99"));
            Gauge("shaper_sojourn_seconds", "Time in the box since start.", one.Sojourn.MaxMilliseconds / 1e3, which, name, ("quantile", "1"));
        }
    }

    /// <summary>The busiest few by their place, not by their owner: owners change, and each would be a time series for good.</summary>
    private void Take(PartitionStatus parts, (string, string) which, (string, string) name)
    {
        Gauge("shaper_parts_in_use", "Parts of a split class that have an owner.", parts.InUse, which, name);
        Gauge("shaper_parts", "Parts of a split class.", parts.Most, which, name);
        Gauge("shaper_parts_scaled_down", "1 while parts are guaranteed less than the policy states.", parts.IsScaledDown ? 1 : 0, which, name);
        Gauge("shaper_parts_sharing_flows", "Flows that share one part, as all others were taken.", parts.SharingFlows, which, name);
        Total("shaper_parts_sharing_frames_total", "Frames that came when all parts were taken.", parts.SharingFrames, which, name);
        for (int i = 0; i < parts.Top.Count; i++)
        {
            (string, string) place = ("place", (i + 1).ToString(CultureInfo.InvariantCulture));
            Gauge("shaper_part_bits_per_second", "Sent now by the busiest parts, by place.", parts.Top[i].BitsPerSecond, which, name, place);
            Gauge("shaper_part_backlog_frames", "Frames waiting in the busiest parts, by place.", parts.Top[i].BacklogFrames, which, name, place);
            Gauge("shaper_part_backlog_wire_bytes", "Bytes waiting in the busiest parts, as the link carries them, by place.", parts.Top[i].BacklogWireBytes, which, name, place);
        }
    }

    private void Take(string role, PortStatus status)
    {
        (string, string) port = ("port", role);
        (string, string) name = ("interface", status.Interface);
        Gauge("shaper_port_up", "1 while frames flow.", status.State == "up" ? 1 : 0, port, name);
        Total("shaper_port_captured_frames_total", "Frames taken.", status.Captured.Frames, port, name);
        Total("shaper_port_captured_bytes_total", "Bytes taken.", status.Captured.Bytes, port, name);
        Total("shaper_port_capture_drops_total", "Frames lost at capture.", status.Captured.KernelDropFrames, port, name, ("cause", "kernel"));
        Total("shaper_port_capture_drops_total", "Frames lost at capture.", status.Captured.PoolEmptyDropFrames, port, name, ("cause", "pool"));
        Total("shaper_port_capture_drops_total", "Frames lost at capture.", status.Captured.OversizeDropFrames, port, name, ("cause", "oversize"));
        Total("shaper_port_injected_frames_total", "Frames sent.", status.Injected.Frames, port, name);
        Total("shaper_port_injected_bytes_total", "Bytes sent.", status.Injected.Bytes, port, name);
        Total("shaper_port_inject_drops_total", "Frames not sent.", status.Injected.OversizeDropFrames, port, name, ("cause", "oversize"));
        Total("shaper_port_inject_drops_total", "Frames not sent.", status.Injected.DownDropFrames, port, name, ("cause", "down"));
    }

    private void Gauge(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        (string[] names, string[] values) = Split(labels);
        _factory.CreateGauge(name, help, names).WithLabels(values).Set(value);
    }

    private void Total(string name, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        (string[] names, string[] values) = Split(labels);
        _factory.CreateCounter(name, help, names).WithLabels(values).IncTo(value);
    }

    private static (string[] Names, string[] Values) Split(ReadOnlySpan<(string Name, string Value)> labels)
    {
        string[] names = new string[labels.Length];
        string[] values = new string[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            (names[i], values[i]) = labels[i];
        }

        return (names, values);
    }
}
