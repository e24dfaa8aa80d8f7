using Shaper.Host.Control;

namespace Shaper.Host.Tests;

/// <summary>A status with a different number in every field, so that a swapped pair shows.</summary>
internal static class Samples
{
    public static ShaperStatus Status(string mode = "shaping") => new()
    {
        Version = "1.2.3",
        Pid = Environment.ProcessId,
        UptimeSeconds = 3723.5,
        Mode = mode,
        Port = "ring",
        Threads = "one",
        Down = Direction(10_000_000),
        Up = Direction(2_000_000),
        Wan = Port("eth1", "up", 100),
        Lan = Port("eth2", "down", 200),
        Gate = new("tcx", 3, 2, 4001, 4002),
        Loop = new(5000, 251.2, 7, 2.25, 12.5),
    };

    private static DirectionStatus Direction(ulong link) => new()
    {
        LinkBitsPerSecond = link,
        HeadroomPercent = 5,
        ShapedBitsPerSecond = link * 95 / 100,
        BurstBytes = 3889,
        BitsPerSecond = 9_480_000,
        FramesPerSecond = 850.4,
        SentFrames = 1_234_567,
        SentWireBytes = 987_654_321,
        BacklogFrames = 12,
        BacklogWireBytes = 18_168,
        CarriedByKernelFrames = 9,
        MemoryBytes = 34_603_008,
        Classes = [Class("voice", 1), Class("control", 2), Class("bulk", 3)],
    };

    private static ClassStatus Class(string name, int n) => new()
    {
        Name = name,
        BitsPerSecond = 1_000_000 * n,
        FramesPerSecond = 50 * n,
        SentFrames = 1000 * n,
        SentWireBytes = 200_000 * n,
        BacklogFrames = n,
        BacklogWireBytes = 1514 * n,
        Sojourn = new(0.25 * n, 1.5 * n, 120 * n),
        Drops = new(10 * n, 20 * n),
        PolicedFrames = 30 * n,
    };

    private static PortStatus Port(string name, string state, int n) => new()
    {
        Interface = name,
        State = state,
        Captured = new(n + 1, n + 2, n + 3, n + 4, n + 5, n + 6),
        Injected = new(n + 11, n + 12, n + 13, n + 14, n + 15, n + 16),
    };
}
