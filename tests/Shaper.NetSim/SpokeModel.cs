using Shaper.Engine.Pipeline;
using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>
/// The mission as a model: sites behind fixed delays, the provider's FIFO in both directions, the box (or a wire), and a LAN with a pc and a phone.
/// </summary>
/// <remarks>
///   site 1..n == delay == provider [FIFO down] == box == LAN: pc, phone
///                         provider [FIFO up]   == box
/// </remarks>
public sealed class SpokeModel
{
    private readonly SimLink _down;
    private readonly SimLink _up;

    /// <param name="plan">The box's plan, or null for a wire in its place.</param>
    /// <param name="siteDelays">One-way delay of each site; the first is the hub.</param>
    /// <param name="burstBytes">What the provider's shaper lets pass at once; 0 for a wire's serialiser.</param>
    /// <param name="jitterSeed">Makes the paths vary as ordinary computers do; null for exact ones.</param>
    /// <param name="standstill">For how long the paths of all sites but the hub stand still, twice a second; only of paths that vary.</param>
    public SpokeModel(
        SimEvents events, BitRate down, BitRate up, Duration fifo, IReadOnlyList<Duration> siteDelays, EnginePlan? plan, EngineOptions? options = null,
        long burstBytes = 0, int? jitterSeed = null, Duration standstill = default)
    {
        Pc = new(FrameCraft.Address(10, 9, 0, 100));
        Phone = new(FrameCraft.Address(10, 9, 0, 101));
        List<SimLink> toSites = [];
        Action<byte[]> lan = frame =>
        {
            Pc.Receive(frame);
            Phone.Receive(frame);
        };
        Action<byte[]> provider = frame =>
        {
            foreach (SimLink link in toSites)
            {
                link.Send(frame);
            }
        };

        _up = new(events, up, Duration.Zero, up.BytesIn(fifo), provider, burstBytes);
        if (plan is null)
        {
            _down = new(events, down, Duration.Zero, down.BytesIn(fifo), lan, burstBytes);
            Pc.Uplink = Phone.Uplink = _up.Send;
        }
        else
        {
            Box = new(events, plan, options ?? new EngineOptions { FrameSlots = 4_096 }, lan, _up.Send);
            _down = new(events, down, Duration.Zero, down.BytesIn(fifo), Box.FromWan, burstBytes);
            Pc.Uplink = Phone.Uplink = Box.FromLan;
        }

        List<SimHost> sites = [];
        for (int i = 0; i < siteDelays.Count; i++)
        {
            SimHost site = new(FrameCraft.Address(10, 9, 0, (byte)(11 + i)));
            Duration still = i == 0 ? Duration.Zero : standstill;
            SimLink toProvider = new(events, null, siteDelays[i], 0, _down.Send, jitterSeed: jitterSeed + (2 * i), standstill: still);
            toSites.Add(new(events, null, siteDelays[i], 0, site.Receive, jitterSeed: jitterSeed + (2 * i) + 1, standstill: still));
            site.Uplink = toProvider.Send;
            sites.Add(site);
        }

        Sites = sites;
    }

    public SimHost Pc { get; }

    public SimHost Phone { get; }

    public IReadOnlyList<SimHost> Sites { get; }

    /// <summary>The hub: the first site.</summary>
    public SimHost Hub => Sites[0];

    public ShaperNode? Box { get; }

    public SimLink Down => _down;

    public SimLink Up => _up;
}
