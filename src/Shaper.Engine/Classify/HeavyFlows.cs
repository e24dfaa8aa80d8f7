using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>The flows that carry most, in fixed memory, whatever else passes: Space-Saving over flow keys, weighted by bytes.</summary>
/// <remarks>
/// <para>A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005. A flow that finds no place
/// takes that of the least, and its count with it as its possible error. With k places and N bytes in all, as they are counted now: each flow of more than N / k is inside;
/// its true bytes lie between <see cref="Count"/> - <see cref="Error"/> and <see cref="Count"/>; no error exceeds N / k.</para>
/// <para>The least is the root of a binary heap. A heavy flow sits at its leaves, where another frame costs one comparison (10 ns in all); a newcomer costs log2 k steps
/// at most (105 ns with 256 places, in a flood where every frame is one). No allocation after construction. Owned by the shaping thread.</para>
/// </remarks>
public sealed class HeavyFlows
{
    private readonly FlowTable _flows;
    private readonly long[] _counts;
    private readonly long[] _errors;

    /// <summary>Places in the order of a heap, and where in it each place stands.</summary>
    private readonly int[] _heap;
    private readonly int[] _positions;
    private int _used;

    /// <param name="places">Flows told apart.</param>
    public HeavyFlows(int places)
    {
        _flows = new(places, Duration.Max);
        _counts = new long[places];
        _errors = new long[places];
        _heap = new int[places];
        _positions = new int[places];
    }

    public int Places => _counts.Length;

    /// <summary>Counts bytes of a flow; it has a place from now on, until it is the least and a newcomer takes it.</summary>
    /// <param name="key">The flow.</param>
    /// <param name="hash">Its hash, from the box's one <see cref="FlowHash"/>.</param>
    /// <param name="bytes">Not negative.</param>
    /// <param name="now">The present.</param>
    /// <param name="isNew">True where the place was another's, or nobody's, until now: the owner initialises what it keeps for it.</param>
    /// <returns>The place.</returns>
    public int Observe(in FlowKey key, uint hash, int bytes, Instant now, out bool isNew)
    {
        int place = _flows.Find(key, hash);
        isNew = place < 0;
        if (isNew)
        {
            place = Admit(key, hash, now);
        }

        _counts[place] += bytes;
        SiftDown(_positions[place]);
        return place;
    }

    /// <summary>The place of a flow, or <see cref="FlowTable.NoFlow"/>.</summary>
    public int Find(in FlowKey key, uint hash) => _flows.Find(key, hash);

    /// <summary>True where the place is a flow's.</summary>
    public bool Contains(int place) => _flows.Contains(place);

    public ref readonly FlowKey Key(int place) => ref _flows.Key(place);

    public uint HashOf(int place) => _flows.HashOf(place);

    /// <summary>Bytes of the flow, at most; see the remarks.</summary>
    public long Count(int place) => _counts[place];

    /// <summary>By how much <see cref="Count"/> may be too high.</summary>
    public long Error(int place) => _errors[place];

    /// <summary>Lets the past fade: every count loses 2^-<paramref name="shift"/> of itself. The order stays, so the heap stands as it is.</summary>
    public void Fade(int shift)
    {
        for (int i = 0; i < _used; i++)
        {
            int place = _heap[i];
            _counts[place] -= _counts[place] >> shift;
            _errors[place] -= _errors[place] >> shift;
        }
    }

    private int Admit(in FlowKey key, uint hash, Instant now)
    {
        if (_used == _counts.Length)
        {
            // The table gives the number set free last, so the heap knows it already.
            int least = _heap[0];
            _flows.Remove(least);
            _errors[least] = _counts[least];
            return _flows.FindOrAdd(key, hash, now, out _);
        }

        int place = _flows.FindOrAdd(key, hash, now, out _);
        _counts[place] = 0;
        _errors[place] = 0;
        _heap[_used] = place;
        _positions[place] = _used;
        SiftUp(_used++);
        return place;
    }

    private void SiftUp(int at)
    {
        int place = _heap[at];
        while (at > 0 && _counts[_heap[(at - 1) / 2]] > _counts[place])
        {
            Put(at, _heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }

        Put(at, place);
    }

    private void SiftDown(int at)
    {
        int place = _heap[at];
        while ((2 * at) + 1 < _used)
        {
            int child = (2 * at) + 1;
            child += child + 1 < _used && _counts[_heap[child + 1]] < _counts[_heap[child]] ? 1 : 0;
            if (_counts[_heap[child]] >= _counts[place])
            {
                break;
            }

            Put(at, _heap[child]);
            at = child;
        }

        Put(at, place);
    }

    private void Put(int at, int place)
    {
        _heap[at] = place;
        _positions[place] = at;
    }
}
