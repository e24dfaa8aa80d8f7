namespace Shaper.Host.Lab;

/// <summary>One direction of a call as its receiver saw it: the one-way delay of each packet by number, negative where it never came.</summary>
/// <param name="DelayNanoseconds">Index n was sent n * 20 ms after the start of the call.</param>
/// <param name="Duplicates">Packets that came twice.</param>
/// <param name="Reordered">Packets that came after one with a higher number.</param>
/// <param name="WorstSendLagNanoseconds">How late the sender of this direction was, at worst, against its own schedule: a measure of the lab, not of the path.</param>
public sealed record VoiceTrace(IReadOnlyList<long> DelayNanoseconds, int Duplicates, int Reordered, long WorstSendLagNanoseconds)
{
    public int Sent => DelayNanoseconds.Count;
}
