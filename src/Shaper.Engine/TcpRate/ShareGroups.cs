using Shaper.Engine.Queueing;

namespace Shaper.Engine.TcpRate;

/// <summary>
/// Finds the group that a connection shares with: by class and inside host, as the class's own queue is fair by host, or by class and partition. A bounded table:
/// when it is full, further hosts of a class share one group, that of the class.
/// </summary>
/// <remarks>Chained hashing over arrays made at start. Groups up to <see cref="Classes"/> are those of the classes themselves. Owned by the shaping thread.</remarks>
internal sealed class ShareGroups
{
    private const int Buckets = 2_048;
    private const int None = -1;

    private readonly int _hosts;
    private readonly ShareGroup[] _groups;
    private readonly int[] _buckets = new int[Buckets];
    private int _free;

    /// <param name="classes">Most classes of a tree.</param>
    /// <param name="hosts">Most hosts and partitions at once.</param>
    public ShareGroups(int classes, int hosts)
    {
        _hosts = hosts;
        _groups = new ShareGroup[classes + hosts];
        Clear(classes);
    }

    /// <summary>Of the tree at hand.</summary>
    public int Classes { get; private set; }

    public int Capacity => _groups.Length;

    /// <summary>Further hosts share their class's own group.</summary>
    public bool IsFull => _free == None && End == Classes + _hosts;

    public long MemoryBytes => (_groups.LongLength * ShareGroup.SizeBytes) + (Buckets * sizeof(int));

    /// <summary>Groups from 0 up to this may be in use.</summary>
    public int End { get; private set; }

    public ref ShareGroup this[int group] => ref _groups[group];

    /// <summary>Forgets all groups, for another tree of so many classes.</summary>
    public void Clear(int classes)
    {
        Classes = classes;
        Array.Clear(_groups);
        Array.Fill(_buckets, None);
        _free = None;
        End = Classes;
        for (int i = 0; i < Classes; i++)
        {
            _groups[i].Leaf = i;
        }
    }

    /// <summary>The group of a host in a class, made when there is none; the class's own when the table is full. Counts a member.</summary>
    public int Join(int leaf, ulong key)
    {
        ref int bucket = ref _buckets[BucketOf(leaf, key)];
        int group = bucket;
        while (group != None && (_groups[group].Leaf != leaf || _groups[group].Key != key))
        {
            group = _groups[group].Next;
        }

        if (group == None)
        {
            group = Take();
            if (group == None)
            {
                group = leaf;
            }
            else
            {
                _groups[group] = new() { Leaf = leaf, Key = key, Next = bucket };
                bucket = group;
            }
        }

        _groups[group].Members++;
        return group;
    }

    /// <summary>A member goes; with the last one the group.</summary>
    public void Leave(int group)
    {
        ref ShareGroup left = ref _groups[group];
        if (--left.Members > 0 || group < Classes)
        {
            return;
        }

        ref int link = ref _buckets[BucketOf(left.Leaf, left.Key)];
        while (link != group)
        {
            link = ref _groups[link].Next;
        }

        link = left.Next;
        left.Limited = 0;
        left.SatisfiedBits = 0;
        left.Next = _free;
        _free = group;
    }

    private static int BucketOf(int leaf, ulong key) => (int)(HostHash.Mix(key ^ ((ulong)leaf << 48)) % Buckets);

    private int Take()
    {
        int group = _free;
        if (group != None)
        {
            _free = _groups[group].Next;
            return group;
        }

        return End == Classes + _hosts ? None : End++;
    }
}
