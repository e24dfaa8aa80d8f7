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
        };
    }

    /// <summary>A count's growth per second; zero over no time.</summary>
    public static double Rate(long now, long before, double seconds) => seconds <= 0 ? 0 : Math.Round((now - before) / seconds, 1);

    private static DirectionStatus Direction(DirectionSnapshot now, DirectionSnapshot before, double seconds)
    {
        List<ClassStatus> classes = [];
        foreach (ClassSnapshot one in now.Classes)
        {
            if (one.IsLeaf)
            {
                classes.Add(Class(one, before.Classes.FirstOrDefault(c => c.Name == one.Name) ?? one, seconds));
            }
        }

        return new()
        {
            LinkBitsPerSecond = now.Plan.Link.BitsPerSecond,
            HeadroomPercent = now.Plan.HeadroomPercent,
            ShapedBitsPerSecond = now.Plan.Shaped.BitsPerSecond,
            BurstBytes = now.Plan.BurstBytes,
            BitsPerSecond = classes.Sum(c => c.BitsPerSecond),
            FramesPerSecond = classes.Sum(c => c.FramesPerSecond),
            SentFrames = classes.Sum(c => c.SentFrames),
            SentWireBytes = classes.Sum(c => c.SentWireBytes),
            BacklogFrames = classes.Sum(c => c.BacklogFrames),
            BacklogWireBytes = classes.Sum(c => c.BacklogWireBytes),
            CarriedByKernelFrames = now.CarriedByKernel,
            MemoryBytes = now.MemoryBytes,
            Classes = classes,
        };
    }

    private static ClassStatus Class(ClassSnapshot now, ClassSnapshot before, double seconds) => new()
    {
        Name = now.Name,
        BitsPerSecond = Rate(now.SentWireBytes * 8, before.SentWireBytes * 8, seconds),
        FramesPerSecond = Rate(now.SentFrames, before.SentFrames, seconds),
        SentFrames = now.SentFrames,
        SentWireBytes = now.SentWireBytes,
        BacklogFrames = now.BacklogFrames,
        BacklogWireBytes = now.BacklogWireBytes,
        Sojourn = new(
            Math.Round(now.SojournP50.TotalMilliseconds, 4),
            Math.Round(now.SojournP99.TotalMilliseconds, 4),
            Math.Round(now.SojournMax.TotalMilliseconds, 4)),
        Drops = new(now.Drops.Total, 0),
        PolicedFrames = now.PolicedFrames,
    };

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
