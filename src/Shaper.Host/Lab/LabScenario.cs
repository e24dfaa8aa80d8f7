using Shaper.Engine.Units;

namespace Shaper.Host.Lab;

/// <summary>One experiment: the access link, the sites that fill it, and how long. Immutable; every number has its unit in the type or the name.</summary>
/// <remarks>
/// The clock of a trial starts with the call. The hub starts to send at <see cref="HubStart"/>, together with the upload, the second site at
/// <see cref="SiteStart"/>(1), each further one a second later: a newcomer meets a link that is already full. Link use is measured while all send.
/// Trials shorter than 20 s keep the same order with shorter pauses.
/// </remarks>
public sealed record LabScenario
{
    /// <summary>Packets of the call each way, a second.</summary>
    public const int CallPacketsPerSecond = 50;

    /// <summary>One packet of the call as an Ethernet frame without FCS: G.711, 20 ms, RTP, UDP, IPv4.</summary>
    public const int CallFrameBytes = 160 + 12 + 8 + 20 + 14;

    public const int MinimumSeconds = 6;
    public const int MaximumSeconds = 600;

    /// <summary>The addresses 10.9.0.11 and up are the sites'.</summary>
    public const int MaximumSites = 8;

    public BitRate Down { get; init; } = BitRate.FromMegabits(10);

    public BitRate Up { get; init; } = BitRate.FromMegabits(2);

    /// <summary>Length of the call in each trial.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>How long a byte waits in the provider's full buffer, either way.</summary>
    public Duration Fifo { get; init; } = Duration.FromMilliseconds(400);

    /// <summary>One-way delay of each site's path. The first is the hub: the other end of the call and of the upload.</summary>
    public IReadOnlyList<Duration> Sites { get; init; } = [Duration.FromMilliseconds(20), Duration.FromMilliseconds(30)];

    /// <summary>Bulk connections from each site.</summary>
    public int FlowsPerSite { get; init; } = 4;

    /// <summary>Bulk connections from the PC to the hub.</summary>
    public int UploadFlows { get; init; } = 1;

    /// <summary>The kernel's name of the senders' congestion control.</summary>
    public string CongestionControl { get; init; } = "cubic";

    public LabWork Work { get; init; } = LabWork.Bulk;

    /// <summary>Short transfers and paced datagrams: what is offered on average, percent of the link's rate.</summary>
    public int LoadPercent { get; init; } = 90;

    /// <summary>Keep the provider's buffers in our own process even where the kernel has tbf.</summary>
    public bool OwnFifo { get; init; }

    /// <summary>What each site sends of paced datagrams.</summary>
    public BitRate PacedPerSite => Down.Scale(LoadPercent / 100.0 / Sites.Count);

    public int CallPackets => Seconds * CallPacketsPerSecond;

    /// <summary>Pauses shrink with short trials.</summary>
    private double Scale => Math.Min(1.0, Seconds / 20.0);

    public Duration HubStart => Duration.FromSeconds(2 * Scale);

    /// <summary>When site <paramref name="index"/> (0 is the hub) starts to send.</summary>
    public Duration SiteStart(int index) => index == 0 ? HubStart : Duration.FromSeconds((6 + index) * Scale);

    /// <summary>Start of the measurement of link use.</summary>
    public Duration MeasureFrom => SiteStart(Sites.Count - 1) + Duration.FromSeconds(Scale);

    public Duration MeasureUntil => Duration.FromSeconds(Seconds - Scale);

    /// <summary>One-way delay of the call's path without any queue.</summary>
    public Duration CallPath => Sites[0];
}
