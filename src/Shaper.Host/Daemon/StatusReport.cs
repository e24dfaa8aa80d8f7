using System.Globalization;
using Shaper.Engine.Bridge;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>Makes the operator's status of two moments of the engine: counts of the later one, rates from the difference.</summary>
internal static class StatusReport
{
    /// <param name="now">The moment reported.</param>
    /// <param name="before">About a second earlier, or the same moment when there is none.</param>
    public static ShaperStatus Of(ShaperIdentity identity, StatusSample now, StatusSample before)
    {
        EngineSnapshot engine = now.Engine;
        double seconds = engine.TakenAt.Since(before.Engine.TakenAt).TotalSeconds;
        return new()
        {
            Version = identity.Version,
            Pid = Environment.ProcessId,
            UptimeSeconds = Math.Round(engine.Uptime.TotalSeconds, 3),
            Mode = engine.Bypass ? "bypass" : "shaping",
            Port = identity.Port,
            Threads = Word(engine.Threads),
            Down = Direction(engine.Inbound, before.Engine.Inbound, seconds),
            Up = Direction(engine.Outbound, before.Engine.Outbound, seconds),
            Wan = Port(identity.Wan, engine.Inbound, engine.Outbound),
            Lan = Port(identity.Lan, engine.Outbound, engine.Inbound),
            Gate = Gate(engine.Gate),
            Loop = new(
                engine.Loop.Breaths,
                Rate(engine.Loop.Breaths, before.Engine.Loop.Breaths, seconds),
                engine.Loop.LateWakes,
                Math.Round(engine.Loop.WorstLateNanoseconds / 1e6, 3),
                Rate(now.CpuNanoseconds, before.CpuNanoseconds, seconds * 1e7)),
            Upstream = UpstreamAdvice.Of(engine.Upstream, engine.Inbound.Plan.Link),
            Steering = engine.Steering is { } s
                ? new(s.Connections, s.ConnectionsRefused, s.HeldFrames, s.Unsteered.BitsPerSecond, s.WindowsLowered, s.AcksHeld, s.SegmentsUnknown)
                : null,
            OutboundSteering = engine.OutboundSteering is { } o ? new(o.Connections, o.ConnectionsRefused, o.WindowsLowered) : null,
        };
    }

    /// <summary>A count's growth per second; zero over no time.</summary>
    public static double Rate(long now, long before, double seconds) => seconds <= 0 ? 0 : Math.Round((now - before) / seconds, 1);

    private static DirectionStatus Direction(DirectionSnapshot now, DirectionSnapshot before, double seconds)
    {
        Dictionary<string, ClassSnapshot> were = before.Classes.ToDictionary(static one => one.Name, StringComparer.Ordinal);
        ClassLending lending = new(now.Classes, were, seconds);
        ClassSnapshot link = now.Classes[0];
        List<ClassStatus> classes = [];
        for (int i = 1; i < now.Classes.Count; i++)
        {
            classes.Add(Class(now.Classes, i, were, lending, seconds));
        }

        return new()
        {
            LinkBitsPerSecond = now.Plan.Link.BitsPerSecond,
            HeadroomPercent = now.Plan.HeadroomPercent,
            ShapedBitsPerSecond = now.Plan.Shaped.BitsPerSecond,
            BurstBytes = now.Plan.BurstBytes,
            BitsPerSecond = lending.SentBitsPerSecond(0),
            FramesPerSecond = Rate(link.SentFrames, were.GetValueOrDefault(link.Name, link).SentFrames, seconds),
            SentFrames = link.SentFrames,
            SentWireBytes = link.SentWireBytes,
            BacklogFrames = link.BacklogFrames,
            BacklogWireBytes = link.BacklogWireBytes,
            CarriedByKernelFrames = now.CarriedByKernel,
            KeptAckFrames = now.KeptAcks,
            HandoffDrops = new(now.HandoffDrops[0], now.HandoffDrops[1], now.HandoffDrops[2]),
            MssClampedFrames = now.MssClamped,
            RefusalsSent = now.RefusalsSent,
            RefusalsSuppressed = now.RefusalsSuppressed,
            MemoryBytes = now.MemoryBytes,
            Classes = classes,
        };
    }

    private static ClassStatus Class(
        IReadOnlyList<ClassSnapshot> all, int index, Dictionary<string, ClassSnapshot> were, ClassLending lending, double seconds)
    {
        ClassSnapshot now = all[index];
        return new()
        {
            Name = now.Name,
            Parent = now.Parent > 0 ? all[now.Parent].Name : null,
            Depth = now.Depth,
            IsLeaf = now.IsLeaf,
            IsStrict = now.IsStrict,
            Action = Word(now.Action),
            Priority = now.Priority,
            Weight = now.Weight,
            AskedBitsPerSecond = now.Asked.BitsPerSecond,
            GuaranteeBitsPerSecond = now.Guarantee.BitsPerSecond,
            CeilingBitsPerSecond = now.Ceiling.BitsPerSecond,
            BitsPerSecond = lending.SentBitsPerSecond(index),
            FramesPerSecond = Rate(now.SentFrames, were.GetValueOrDefault(now.Name, now).SentFrames, seconds),
            BorrowedBitsPerSecond = lending.BorrowedBitsPerSecond(index),
            BorrowsFrom = lending.LendersOf(index),
            BorrowedWireBytes = now.BorrowedWireBytes,
            SentFrames = now.SentFrames,
            SentWireBytes = now.SentWireBytes,
            BacklogFrames = now.BacklogFrames,
            BacklogWireBytes = now.BacklogWireBytes,
            Partitions = PartitionReport.Of(now, were.GetValueOrDefault(now.Name, now), seconds),
            Sojourn = new(
                Math.Round(now.SojournP50.TotalMilliseconds, 4),
                Math.Round(now.SojournP99.TotalMilliseconds, 4),
                Math.Round(now.SojournMax.TotalMilliseconds, 4)),
            Drops = new(
                now.Drops.QueueFull, now.Drops.Memory, now.Drops.Codel, now.Drops.AckThinned, now.Drops.TooOld, now.Drops.Discarded, now.Drops.Refused),
            CeMarkFrames = now.CeMarks,
            ShallowMarkFrames = now.ShallowMarks,
            PolicedFrames = now.PolicedFrames,
        };
    }

    /// <summary>A port captures for the direction that comes from it and injects for the other.</summary>
    private static PortStatus Port(string name, DirectionSnapshot from, DirectionSnapshot to)
    {
        CaptureCounters c = from.Capture;
        InjectCounters i = to.Inject;
        return new()
        {
            Interface = name,
            State = Word(from.CaptureState == PortState.Up ? to.InjectState : from.CaptureState),
            Captured = new(c.Frames, c.Bytes, c.KernelDrops, c.PoolEmptyDrops, c.OversizeDrops, c.Reopens),
            Injected = new(i.Frames, i.Bytes, i.OversizeDrops, i.DownDrops, i.Retries, i.Reopens),
        };
    }

    private static GateStatus Gate(GateCounters gate) =>
        new(gate.Means, gate.Engagements, gate.Stalls, gate.KernelSuppressedFrames, gate.KernelForwardedFrames);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);
}
