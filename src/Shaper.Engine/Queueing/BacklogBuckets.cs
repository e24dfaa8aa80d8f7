using System.Numerics;

namespace Shaper.Engine.Queueing;

/// <summary>Finds a class's fattest flow without a search: flows filed by the size of their backlog, four buckets to a doubling.</summary>
/// <remarks>
/// Flows below <see cref="LeastBytes"/> are not filed: that spares the many thin flows the bookkeeping, and dropping from one of them helps nobody.
/// A flow moves when its backlog crosses a bucket's edge, every few frames; the fattest is taken from the highest bucket in use, the largest of
/// its first <see cref="Candidates"/>, so it is exact while few flows are that fat and within a quarter otherwise.
/// A mutable struct, owned by the shaping thread.
/// </remarks>
internal struct BacklogBuckets
{
    /// <summary>Thinner flows are not filed.</summary>
    public const int LeastBytes = 1 << LeastLog2;

    private const int LeastLog2 = 12;
    private const int BucketsLog2 = 2;
    private const int Count = 1 + ((31 - LeastLog2) << BucketsLog2);
    private const int Candidates = 16;

    private readonly FlowQueueTable _table;
    private readonly SlotList[] _buckets;
    private ulong _filledLow;
    private ulong _filledHigh;

    public BacklogBuckets(FlowQueueTable table)
    {
        _table = table;
        _buckets = new SlotList[Count];
        Array.Fill(_buckets, SlotList.Empty);
    }

    /// <summary>The highest bucket in use, 0 when none is: comparable between classes.</summary>
    public readonly int Highest =>
        _filledHigh != 0 ? 127 - BitOperations.LeadingZeroCount(_filledHigh)
        : _filledLow != 0 ? 63 - BitOperations.LeadingZeroCount(_filledLow)
        : 0;

    /// <summary>Where a backlog is filed.</summary>
    public static int BucketOf(int wireBytes)
    {
        if (wireBytes < LeastBytes)
        {
            return 0;
        }

        int log2 = BitOperations.Log2((uint)wireBytes);
        return 1 + ((log2 - LeastLog2) << BucketsLog2) + ((wireBytes >> (log2 - BucketsLog2)) & ((1 << BucketsLog2) - 1));
    }

    /// <summary>Files a flow by its present backlog; one without frames not at all.</summary>
    public void Update(int slot, ref FlowState flow)
    {
        int bucket = BucketOf(flow.Backlog);
        if (bucket != flow.Bucket)
        {
            Move(slot, ref flow, bucket);
        }
    }

    /// <summary>The fattest flow, or none when no flow is fat.</summary>
    public readonly int Fattest()
    {
        int bucket = Highest;
        if (bucket == 0)
        {
            return SlotList.None;
        }

        int best = _buckets[bucket].Head;
        int slot = best;
        for (int i = 0; i < Candidates && slot != SlotList.None; i++)
        {
            best = _table.Flows[slot].Backlog > _table.Flows[best].Backlog ? slot : best;
            slot = _table.BucketLinks[slot].Next;
        }

        return best;
    }

    private void Move(int slot, ref FlowState flow, int bucket)
    {
        if (flow.Bucket != 0)
        {
            ref SlotList left = ref _buckets[flow.Bucket];
            left.Remove(in _table.BucketLinks, slot);
            SetFilled(flow.Bucket, !left.IsEmpty);
        }

        flow.Bucket = (byte)bucket;
        if (bucket != 0)
        {
            _buckets[bucket].Append(in _table.BucketLinks, slot);
            SetFilled(bucket, true);
        }
    }

    private void SetFilled(int bucket, bool filled)
    {
        ref ulong word = ref _filledLow;
        if (bucket >= 64)
        {
            word = ref _filledHigh;
        }

        ulong bit = 1UL << (bucket & 63);
        word = filled ? word | bit : word & ~bit;
    }
}
