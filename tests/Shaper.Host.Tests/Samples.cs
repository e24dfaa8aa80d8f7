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
        Upstream = new()
        {
            State = "notcontrollable",
            ArrivingBitsPerSecond = 9_900_000,
            ArrivingPercent = 99,
            UnsteerableBitsPerSecond = 8_000_000,
            CallStreams = 2,
            CallLostPercent = 12.5,
            CallLatestMilliseconds = 140.5,
            Source = "192.0.2.9",
            Advice = "not controllable from this side",
        },
        Steering = new(8, 1, 2, 700_000, 4321, 987, 6),
    };

    /// <summary>A day on a branch: every class of the built-in tree but one has carried something, nothing is lost.</summary>
    public static ShaperStatus Healthy()
    {
        ShaperStatus status = Status();
        return status with
        {
            Down = Healthy(status.Down),
            Up = Healthy(status.Up),
            Lan = Port("eth2", "up", 0) with { Captured = new(1_000_201, 2, 0, 0, 0, 0), Injected = new(1_000_211, 2, 0, 0, 0, 0) },
            Wan = Port("eth1", "up", 0) with { Captured = new(1_000_201, 2, 0, 0, 0, 0), Injected = new(1_000_211, 2, 0, 0, 0, 0) },
            Upstream = status.Upstream with { State = "clear", Advice = null, Source = null },
        };
    }

    private static DirectionStatus Healthy(DirectionStatus direction)
    {
        string[] names = ["voice", "control", "bulk", "tunnelled", "idle"];
        ClassStatus[] classes = [.. names.Select((name, n) => Class(name, n + 1) with
        {
            Parent = null,
            Depth = 1,
            IsLeaf = true,
            AskedBitsPerSecond = 400_000,
            GuaranteeBitsPerSecond = 400_000,
            Drops = new(0, 0, 0, 0, 0, 0, 0),
            CeMarkFrames = 0,
            ShallowMarkFrames = 0,
            PolicedFrames = 0,
            BorrowsFrom = [],
        })];
        classes[^1] = classes[^1] with { SentFrames = 0, BacklogFrames = 0 };
        return direction with
        {
            Classes = classes,
            CarriedByKernelFrames = 0,
            MssClampedFrames = 0,
            RefusalsSent = 0,
            HandoffDrops = new(0, 0, 0),
        };
    }

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
        HandoffDrops = new(21, 22, 23),
        MssClampedFrames = 24,
        RefusalsSent = 25,
        RefusalsSuppressed = 26,
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
        Drops = new(10 * n, 11 * n, 12 * n, 13 * n, 14 * n, 15 * n, 16 * n),
        Parent = n == 3 ? "control" : null,
        Depth = n == 3 ? 2 : 1,
        IsLeaf = n != 2,
        IsStrict = n == 1,
        Action = "shape",
        Priority = n,
        Weight = 4 * n,
        AskedBitsPerSecond = 400_000UL * (ulong)n,
        GuaranteeBitsPerSecond = n == 3 ? 1_100_000UL : 400_000UL * (ulong)n,
        CeilingBitsPerSecond = 5_000_000UL * (ulong)n,
        BorrowedBitsPerSecond = 70_000 * n,
        BorrowsFrom = n == 3 ? ["voice"] : [],
        BorrowedWireBytes = 17 * n,
        CeMarkFrames = 18 * n,
        ShallowMarkFrames = 19 * n,
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
