namespace Shaper.Host.Control;

/// <summary>How the parts of a class that is split are used.</summary>
/// <param name="InUse">Hosts, prefixes or flows that have a part of their own: those seen within a minute, or with frames waiting.</param>
/// <param name="Most">Parts there are.</param>
/// <param name="SharingFlows">Flows with frames waiting that share one part, as all others were taken when they came.</param>
/// <param name="SharingFrames">Frames since start that came when all parts were taken.</param>
/// <param name="IsScaledDown">Parts are guaranteed less than the policy states, as all in use together pass what the class has.</param>
/// <param name="Top">The busiest few: those that hold most, then those that send most.</param>
public sealed record PartitionStatus(int InUse, int Most, int SharingFlows, long SharingFrames, bool IsScaledDown, IReadOnlyList<PartStatus> Top);
