using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>One question for flows and the memory for its answer: the heaviest that match, and totals of all.</summary>
/// <remarks>
/// The asker allocates it and leaves it in a <see cref="FlowQuerySlot"/>; the shaping thread fills it row by row, then marks it done (release). From then on it is the
/// asker's alone. The rows form a heap with the lightest at the root, so of any number of flows the heaviest stay in memory for as many as were asked for.
/// </remarks>
public sealed class FlowQuery
{
    /// <summary>Most rows of one answer.</summary>
    public const int Most = 10_000;

    private readonly FlowRow[] _rows;
    private readonly FlowTotals[] _totals = new FlowTotals[(int)SteeringState.NotSteerable + 1];
    private readonly FlowTotals[] _reasons = new FlowTotals[(int)SteerReason.Unreadable + 1];
    private int _used;
    private int _matched;
    private Instant _takenAt;
    private bool _done;

    /// <param name="filter">Which flows count.</param>
    /// <param name="top">How many of them at most; 1 to <see cref="Most"/>.</param>
    public FlowQuery(FlowFilter filter, int top)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, Most);
        Filter = filter;
        _rows = new FlowRow[top];
    }

    public FlowFilter Filter { get; }

    /// <summary>True once the answer is whole. Any thread.</summary>
    public bool IsDone => Volatile.Read(ref _done);

    /// <summary>The answer. Allocates; for the asker, after <see cref="IsDone"/>.</summary>
    public FlowListing Result()
    {
        if (!IsDone)
        {
            throw new InvalidOperationException("not answered yet");
        }

        Span<FlowRow> rows = _rows.AsSpan(0, _used);
        rows.Sort(static (a, b) => a.IsBehind(b) ? 1 : b.IsBehind(a) ? -1 : 0);
        FlowSnapshot[] flows = new FlowSnapshot[rows.Length];
        for (int i = 0; i < flows.Length; i++)
        {
            flows[i] = FlowSnapshot.Of(rows[i], _takenAt);
        }

        return new() { TakenAt = _takenAt, Matched = _matched, Flows = flows, Totals = [.. _totals], Reasons = [.. _reasons] };
    }

    /// <summary>Shaping thread: counts a flow, and keeps it where it matches and is among the heaviest.</summary>
    internal void Add(in FlowRow row)
    {
        ref FlowTotals total = ref _totals[(int)row.State];
        total = total.Plus(row.RateBits);
        if (row.State == SteeringState.NotSteerable)
        {
            ref FlowTotals reason = ref _reasons[(int)row.Reason];
            reason = reason.Plus(row.RateBits);
        }

        if (!Filter.Matches(row))
        {
            return;
        }

        _matched++;
        if (_used < _rows.Length)
        {
            SiftUp(_used++, row);
        }
        else if (_rows[0].IsBehind(row))
        {
            SiftDown(row);
        }
    }

    /// <summary>Shaping thread: the last word.</summary>
    internal void Finish(Instant now)
    {
        _takenAt = now;
        Volatile.Write(ref _done, true);
    }

    private void SiftUp(int at, in FlowRow row)
    {
        while (at > 0 && row.IsBehind(_rows[(at - 1) / 2]))
        {
            _rows[at] = _rows[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _rows[at] = row;
    }

    private void SiftDown(in FlowRow row)
    {
        int at = 0;
        while ((2 * at) + 1 < _used)
        {
            int child = (2 * at) + 1;
            child += child + 1 < _used && _rows[child + 1].IsBehind(_rows[child]) ? 1 : 0;
            if (!_rows[child].IsBehind(row))
            {
                break;
            }

            _rows[at] = _rows[child];
            at = child;
        }

        _rows[at] = row;
    }
}
