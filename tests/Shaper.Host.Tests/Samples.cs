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
            QueueMilliseconds = 139.25,
            QueueBytes = 174_062,
            QueueEvidence = "connections",
            Source = "192.0.2.9",
            Advice = "not controllable from this side",
        },
        Steering = new(8, 1, 2, 700_000, 4321, 987, 6),
        OutboundSteering = new(7, 3, 55),
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
            OutboundSteering = null,
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
            Partitions = null,
            BorrowsFrom = [],
        })];
        classes[^1] = classes[^1] with { SentFrames = 0, BacklogFrames = 0 };
        return direction with
        {
            Classes = classes,
            CarriedByKernelFrames = 0,
            KeptAckFrames = 0,
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
        KeptAckFrames = 4,
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
        Partitions = n == 3 ? new(23, 64, 5, 678, true, [new("10.9.0.100", 2_100_000, 41, 62_074), new("IPv6 0badcafe", 900_000, 0, 0)]) : null,
    };

    private static PortStatus Port(string name, string state, int n) => new()
    {
        Interface = name,
        State = state,
        Captured = new(n + 1, n + 2, n + 3, n + 4, n + 5, n + 6),
        Injected = new(n + 11, n + 12, n + 13, n + 14, n + 15, n + 16),
    };

    /// <summary>One flow of each kind.</summary>
    public static FlowsAnswer Flows() => new()
    {
        Mode = "shaping",
        Steering = true,
        LinkBitsPerSecond = 10_000_000,
        BitsPerSecond = 9_315_000,
        LinkPercent = 93.2,
        States = [new("steered", 2, 8_100_000), new("sender-limited", 1, 250_000), new("idle", 40, 0), new("not-steerable", 2, 965_000)],
        Reasons = [new("not-tcp", "not TCP", 1, 960_000), new("syn-not-seen", "SYN not seen", 1, 5_000)],
        Matched = 45,
        Flows =
        [
            Flow("10.9.0.100:51234", "192.0.2.7:443", 4_123_000, "steered"),
            Flow("[2001:db8:1:2:a1b2:c3d4:e5f6:789a]:51234", "[2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa]:443", 3_977_000, "steered") with
            {
                LimitedBy = "receiver",
                WindowGrantedBytes = 64_000,
                WindowOfferedBytes = 64_000,
            },
            Unsteered("10.9.0.101", "198.51.100.9", 960_000, "esp", "ESP") with { Class = "tunnelled-sites" },
            Flow("10.9.0.100:51299", "192.0.2.8:22", 250_000, "sender-limited") with { LimitedBy = "sender" },
            Unsteered("192.168.100.100:51299", "203.203.203.203:51820", 5_000, "syn-not-seen", "SYN not seen") with { Protocol = "tcp" },
        ],
    };

    public static ExplainAnswer Explanation()
    {
        RouteStatus route = new()
        {
            Rule = new(3, 17, "web", "branch.yaml", 41, "bulk", ["protocol tcp", "port (source) 443"]),
            AckRule = new(2, 17, "acks", null, null, "control", ["bare acknowledgements"]),
            Path = ["data", "bulk"],
            Leaf = Class("bulk", 3),
            Overflow = "control",
            Partition = "each inside host 1mbit at most, 64 at once",
            QuantumBytes = 1_514,
            CodelTargetMilliseconds = 5,
            CodelIntervalMilliseconds = 100,
            DelayBoundMilliseconds = 200,
            Notes = ["something was assumed"],
        };
        return new()
        {
            Flow = Flows().Flows[0],
            Down = route,
            Up = route with { Rule = new(null, 17, "fallback", null, null, "bulk", ["no rule matches"]), AckRule = null },
            Connection = new()
            {
                InsideSyn = true,
                OutsideSyn = true,
                WindowScale = 7,
                Timestamps = true,
                Sack = true,
                FastOpen = true,
                MssBytes = 1_448,
                SegmentBytes = 1_348,
                RttFrom = ["handshake", "timestamps"],
                HeldAcks = 3,
                HoldLimitMilliseconds = 20.5,
                Share = new()
                {
                    ClassBitsPerSecond = 9_300_000,
                    HostBitsPerSecond = 8_335_000,
                    UnsteeredBitsPerSecond = 965_000,
                    SatisfiedBitsPerSecond = 312_000,
                    LevelBitsPerSecond = 4_011_000,
                    WindowLimitedConnections = 2,
                    ConnectionLimitBitsPerSecond = 5_000_000,
                    DemandBitsPerSecond = null,
                },
            },
            Limit = "the shaper: of the 3,145,728 B that the inside offers 29,000 B are granted, and the sender fills that",
        };
    }

    private static FlowStatus Flow(string local, string remote, ulong bits, string state) => new()
    {
        Local = local,
        Remote = remote,
        Protocol = "tcp",
        VlanId = 0,
        Class = "bulk",
        Dscp = "df",
        BitsPerSecond = bits,
        Bytes = null,
        SilentMilliseconds = 1.25,
        State = state,
        Reason = null,
        Why = null,
        LimitedBy = "shaper",
        RttBaseMilliseconds = 40.25,
        RttSmoothedMilliseconds = 63.5,
        WindowGrantedBytes = 29_000,
        WindowOfferedBytes = 3_145_728,
        ShareBitsPerSecond = 4_011_000,
    };

    private static FlowStatus Unsteered(string local, string remote, ulong bits, string reason, string why) => Flow(local, remote, bits, "not-steerable") with
    {
        Protocol = reason,
        Reason = reason,
        Why = why,
        LimitedBy = null,
        Bytes = 123_456,
        RttBaseMilliseconds = null,
        RttSmoothedMilliseconds = null,
        WindowGrantedBytes = null,
        WindowOfferedBytes = null,
        ShareBitsPerSecond = null,
    };
}
