using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.NetSim;

namespace Shaper.Simulation.Tests;

/// <summary>
/// The spoke's link with the box on it and default headroom, and downloads that start when a case says so. The provider's port is a token bucket of two
/// frames with a FIFO of 400 ms. Seeded: the same case gives the same figures.
/// </summary>
internal sealed class SteeredLink
{
    public const double HeadroomPercent = 2.7;

    private const int BurstBytes = 3_200;

    private static readonly Duration Fifo = Duration.FromMilliseconds(400);

    private readonly Random _spread;
    private ushort _port = 5_000;

    /// <param name="siteMilliseconds">One-way delay of each site, the first being the hub's.</param>
    /// <param name="seed">Of the paths' variation and of when connections open; null for exact paths.</param>
    /// <param name="device">What stands between modem and LAN.</param>
    /// <param name="split">How a policy splits the default class; null for not at all.</param>
    public SteeredLink(BitRate down, BitRate up, IReadOnlyList<double> siteMilliseconds, int? seed, Device device = Device.Steering, PartitionSpec? split = null)
    {
        Down = down;
        _spread = new(seed ?? 0);
        EngineOptions options = new()
        {
            FrameSlots = 4_096,
            Steering = device == Device.Steering ? new SteeringOptions { MaxConnections = 4_096 } : null,
            FlowHash = new FlowHash(7),
        };
        Duration[] delays = [.. siteMilliseconds.Select(static ms => Duration.FromSeconds(ms / 1e3))];
        Model = new(Events, down, up, Fifo, delays, device == Device.Wire ? null : PlanOf(down, up, split), options, BurstBytes, seed);
    }

    public enum Device
    {
        Wire,
        Shaping,
        Steering,
    }

    public SimEvents Events { get; } = new();

    public SpokeModel Model { get; }

    public BitRate Down { get; }

    public List<TcpSender> Senders { get; } = [];

    /// <summary>A connection of a site to the pc, up a little before it sends without end.</summary>
    public TcpReceiver Download(int site, double atSeconds, double openedSeconds = 0.1, bool paced = false, int windowBytes = 1 << 20)
    {
        ushort port = _port++;
        TcpReceiver receiver = new(Events, Model.Pc, port, windowBytes);
        Instant opened = At(atSeconds - openedSeconds + (0.02 * _spread.NextDouble()));
        Senders.Add(new(Events, Model.Sites[site], port, Model.Pc, port, opened, paced: paced, sendFrom: At(atSeconds)));
        return receiver;
    }

    /// <summary>What a site sends is shaped where it leaves the site: a token bucket of two frames with a long FIFO.</summary>
    public void ShapeAt(int site, BitRate rate)
    {
        SimHost host = Model.Sites[site];
        SimLink port = new(Events, rate, Duration.Zero, rate.BytesIn(Fifo), host.Uplink, BurstBytes);
        host.Uplink = port.Send;
    }

    public void RunTo(double seconds) => Events.RunUntil(At(seconds));

    /// <summary>Mbit/s of a count of bytes in each window from now on.</summary>
    public double[] Watch(Func<long> bytes, double toSeconds, double windowSeconds)
    {
        List<double> rates = [];
        double start = Events.Now.Nanoseconds / 1e9;
        for (int window = 1; start + (window * windowSeconds) <= toSeconds + 1e-9; window++)
        {
            long before = bytes();
            RunTo(start + (window * windowSeconds));
            rates.Add((bytes() - before) * 8 / windowSeconds / 1e6);
        }

        return [.. rates];
    }

    private static Instant At(double seconds) => Instant.Zero + Duration.FromSeconds(seconds);

    private static EnginePlan PlanOf(BitRate down, BitRate up, PartitionSpec? split)
    {
        DirectionPlan inbound = DirectionPlan.Of(down, HeadroomPercent, 1_514);
        if (split is not null)
        {
            ClassTreeSpec spec = DefaultTree.Spec(inbound.Shaped, inbound.Framing);
            spec = spec with { Classes = [.. spec.Classes.Select(c => c.Name == spec.Default ? c with { Partition = split } : c)] };
            if (ClassTreePlan.Compile(spec, inbound.Shaped, ClassNames.BuiltIn, out ClassTreePlan? tree) is { Count: > 0 } faults)
            {
                throw new ArgumentException(faults[0].ToString(), nameof(split));
            }

            inbound = DirectionPlan.Of(down, HeadroomPercent, 1_514, tree: tree);
        }

        return new() { Inbound = inbound, Outbound = DirectionPlan.Of(up, HeadroomPercent, 1_514), Rules = RuleSet.Default };
    }
}
