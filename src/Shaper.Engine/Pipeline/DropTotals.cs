using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Pipeline;

/// <summary>Frames dropped since start, by cause; see <see cref="DropCause"/>.</summary>
public readonly record struct DropTotals(
    long QueueFull, long Memory, long Codel, long AckThinned, long TooOld, long Discarded, long Refused)
{
    public long Total => QueueFull + Memory + Codel + AckThinned + TooOld + Discarded + Refused;

    public static DropTotals operator +(DropTotals a, DropTotals b) => new(
        a.QueueFull + b.QueueFull, a.Memory + b.Memory, a.Codel + b.Codel, a.AckThinned + b.AckThinned, a.TooOld + b.TooOld,
        a.Discarded + b.Discarded, a.Refused + b.Refused);

    internal static DropTotals Of(DropCounters drops) => new(
        drops.Frames(DropCause.QueueFull), drops.Frames(DropCause.Memory), drops.Frames(DropCause.Codel), drops.Frames(DropCause.AckThinned),
        drops.Frames(DropCause.TooOld), drops.Frames(DropCause.Discarded), drops.Frames(DropCause.Refused));
}
