using System.Runtime.CompilerServices;
using Shaper.Engine.Units;

namespace Shaper.Engine.Aqm;

/// <summary>
/// Controlled delay: decides at the head of a queue, from how long the frame there has waited, whether it leaves, is marked or is dropped.
/// </summary>
/// <remarks>
/// RFC 8289, section 5, taken apart so that the caller keeps the queue: the caller judges the head; on <see cref="CodelVerdict.Drop"/> it drops it
/// and judges the next head at the same instant; on anything else it sends it; and where no head is left it calls <see cref="WentEmpty"/>. The sequence
/// of verdicts is that of the pseudocode, drop for drop; <see cref="CodelPhase.Rescheduling"/> stands for the inside of its while loop.
/// <para>Marking (RFC 8290): where the transport can be told, a mark takes the place of the drop and is counted as one.</para>
/// <para>The control law divides by a square root in double precision, at each drop, not at each frame: no approximation to argue about.</para>
/// Static; state belongs to the shaping thread.
/// </remarks>
public static class Codel
{
    /// <summary>For how many intervals the last drop rate is remembered.</summary>
    private const int RememberedIntervals = 16;

    /// <summary>Judges the frame at the head.</summary>
    /// <param name="state">Of the flow.</param>
    /// <param name="settings">Of the class.</param>
    /// <param name="now">Instant of the dequeue.</param>
    /// <param name="arrival">When the frame came.</param>
    /// <param name="bytesBehind">Wire bytes of the flow without this frame.</param>
    /// <param name="markable">A mark would be understood: ECT or CE.</param>
    public static CodelVerdict Judge(
        ref CodelState state, in CodelParams settings, Instant now, Instant arrival, long bytesBehind, bool markable)
    {
        if (IsBelowTarget(settings, now, arrival, bytesBehind))
        {
            // Below target, stays below for at least an interval.
            state.FirstAboveTime = Instant.Zero;
            state.Phase = CodelPhase.Idle;
            return CodelVerdict.Deliver;
        }

        if (state.FirstAboveTime == Instant.Zero)
        {
            state.FirstAboveTime = now + settings.Interval;
            state.Phase = CodelPhase.Idle;
            return CodelVerdict.Deliver;
        }

        if (now < state.FirstAboveTime)
        {
            state.Phase = CodelPhase.Idle;
            return CodelVerdict.Deliver;
        }

        return state.Phase == CodelPhase.Idle
            ? BeginDropping(ref state, settings.Interval, now, markable)
            : ContinueDropping(ref state, settings.Interval, now, markable);
    }

    /// <summary>Nothing is under way: a frame below target leaves the memory as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAtRest(in CodelState state) => state.FirstAboveTime == Instant.Zero && state.Phase == CodelPhase.Idle;

    /// <summary>The frame has not waited too long, or there is no queue behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBelowTarget(in CodelParams settings, Instant now, Instant arrival, long bytesBehind) =>
        bytesBehind <= settings.LargestFrameBytes || now.Since(arrival) < settings.Target;

    /// <summary>The flow has no frame left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WentEmpty(ref CodelState state)
    {
        state.FirstAboveTime = Instant.Zero;
        state.Phase = CodelPhase.Idle;
    }

    private static CodelVerdict BeginDropping(ref CodelState state, Duration interval, Instant now, bool markable)
    {
        // A queue that was under control a moment ago begins with the drop rate that controlled it then.
        uint delta = state.Count - state.LastCount;
        bool recent = now - state.DropNext < interval * RememberedIntervals;
        state.Count = delta > 1 && recent ? delta : 1;
        state.DropNext = ControlLaw(now, interval, state.Count);
        state.LastCount = state.Count;
        state.Phase = CodelPhase.Dropping;
        return markable ? CodelVerdict.Mark : CodelVerdict.Drop;
    }

    private static CodelVerdict ContinueDropping(ref CodelState state, Duration interval, Instant now, bool markable)
    {
        if (state.Phase == CodelPhase.Rescheduling)
        {
            state.DropNext = ControlLaw(state.DropNext, interval, state.Count);
            state.Phase = CodelPhase.Dropping;
        }

        if (now < state.DropNext)
        {
            return CodelVerdict.Deliver;
        }

        state.Count++;
        if (markable)
        {
            // The marked frame leaves, so nothing comes in its place that could end the dropping.
            state.DropNext = ControlLaw(state.DropNext, interval, state.Count);
            return CodelVerdict.Mark;
        }

        state.Phase = CodelPhase.Rescheduling;
        return CodelVerdict.Drop;
    }

    private static Instant ControlLaw(Instant from, Duration interval, uint count) =>
        from + new Duration((long)(interval.Nanoseconds / Math.Sqrt(count)));
}
