using Shaper.Engine.Units;

namespace Shaper.Engine.Classify;

/// <summary>The flows that carry most, in fixed memory, whatever else passes: Space-Saving over flow keys, weighted by bytes, with newcomers drawn by lot.</summary>
/// <remarks>
/// <para>A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams", ICDT 2005: a flow that finds no place takes that
/// of the least, and its count with it as its possible error. There every frame of a flow without a place evicts somebody. Here, as in sample and hold (C. Estan, G. Varghese,
/// SIGCOMM 2002), such frames pour their bytes into one pot, and whose frame fills it to a mark takes the place; the mark lies, at random, around a
/// <see cref="DrawsPerPlace"/>th of a place's part. So a flood of newcomers costs a look and an addition a frame.</para>
/// <para>With k places and N bytes in all, as they are counted now: no error exceeds N / k by more than the pot's mark, 1.5 N / (64 k). A flow in its place is counted
/// exactly: <see cref="Count"/> - <see cref="Error"/>. One that brings N / k is drawn every N / (64 k) bytes, a 64th of its own, and grows faster than the least once it is inside:
/// a test finds every flow inside that brings a quarter more than N / k. A certainty it is not, as it is in Space-Saving.</para>
/// <para>No allocation after construction. Owned by the shaping thread.</para>
/// </remarks>
public sealed class HeavyFlows
{
    /// <summary>Draws in the time in which one place's part of the bytes passes.</summary>
    private const int DrawsPerPlace = 64;

    /// <summary>Instead of a place: the flow has none.</summary>
    public const int Outside = -1;

    /// <summary>Instead of a place: the flow is to have one.</summary>
    public const int Drawn = -2;

    private readonly FlowTable _flows;
    private readonly long[] _counts;
    private readonly long[] _errors;
    private long _allBytes;
    private long _potBytes;
    private long _markBytes;
    private uint _lot = 1;

    /// <param name="places">Flows told apart.</param>
    public HeavyFlows(int places)
    {
        _flows = new(places);
        _counts = new long[places];
        _errors = new long[places];
    }

    public int Places => _counts.Length;

    /// <summary>Counts bytes of a flow, which its hash names: two flows of one hash are one here, as they are in the queues.</summary>
    /// <param name="hash">From the box's one <see cref="FlowHash"/>.</param>
    /// <param name="bytes">Not negative.</param>
    /// <returns>
    /// The flow's place; <see cref="Outside"/> where it has none; <see cref="Drawn"/> where it is to have one now: then nothing is counted until <see cref="Admit"/>.
    /// </returns>
    public int Observe(uint hash, int bytes)
    {
        int place = _flows.FindByHash(hash);
        if (place >= 0)
        {
            _allBytes += bytes;
            _counts[place] += bytes;
            return place;
        }

        if (_potBytes + bytes >= _markBytes)
        {
            return Drawn;
        }

        _allBytes += bytes;
        _potBytes += bytes;
        return Outside;
    }

    /// <summary>Gives a place to a flow that was drawn, and counts its bytes. It keeps the place until it is the least and a newcomer is drawn.</summary>
    /// <param name="key">The flow.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="bytes">As they were when it was drawn.</param>
    /// <returns>The place, which was another's or nobody's: the owner initialises what it keeps for it.</returns>
    public int Admit(in FlowKey key, uint hash, int bytes)
    {
        long inherited = 0;
        if (_flows.Count == _counts.Length)
        {
            int least = Least();
            inherited = _counts[least] + _potBytes;
            _flows.Remove(least);
        }

        int place = _flows.FindOrAdd(key, hash, out _);
        _allBytes += bytes;
        _counts[place] = inherited + bytes;
        _errors[place] = inherited;
        _potBytes = 0;
        _markBytes = _flows.Count == _counts.Length ? NextMark(hash) : 0;
        return place;
    }

    /// <summary>The place of a flow, or <see cref="FlowTable.NoFlow"/>.</summary>
    public int Find(in FlowKey key, uint hash) => _flows.Find(key, hash);

    /// <summary>True where the place is a flow's.</summary>
    public bool Contains(int place) => _flows.Contains(place);

    public ref readonly FlowKey Key(int place) => ref _flows.Key(place);

    public uint HashOf(int place) => _flows.HashOf(place);

    /// <summary>Bytes of the flow since it has its place, and <see cref="Error"/>.</summary>
    public long Count(int place) => _counts[place];

    /// <summary>What the flow was given with its place: the count of the one before, and what was in the pot.</summary>
    public long Error(int place) => _errors[place];

    /// <summary>Lets the past fade: every count loses 2^-<paramref name="shift"/> of itself.</summary>
    public void Fade(int shift)
    {
        _allBytes -= _allBytes >> shift;
        for (int place = 0; place < _counts.Length; place++)
        {
            _counts[place] -= _counts[place] >> shift;
            _errors[place] -= _errors[place] >> shift;
        }
    }

    /// <summary>Some half of the usual distance to half as much again, so that no rhythm of frames keeps a flow out. The hashes that enter are secret.</summary>
    private long NextMark(uint hash)
    {
        _lot = ((_lot ^ hash) * 1_664_525) + 1_013_904_223;
        long usual = _allBytes / ((long)_counts.Length * DrawsPerPlace);
        return (usual / 2) + (long)(((UInt128)(ulong)usual * _lot) >> 32);
    }

    /// <summary>Looked for only when somebody is drawn: some thousand times a second at most.</summary>
    private int Least()
    {
        int least = 0;
        for (int place = 1; place < _counts.Length; place++)
        {
            least = _counts[place] < _counts[least] ? place : least;
        }

        return least;
    }
}
