using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>A class tree under load in virtual time: leaves are kept backlogged or fed at a steady rate, and what leaves is counted by class.</summary>
internal sealed class TreeRig
{
    /// <summary>Frames that a backlogged leaf always has.</summary>
    private const int BacklogFrames = 4;

    /// <summary>A source stops sending while it has this many frames queued.</summary>
    private const int MostQueued = 64;

    private readonly List<Source> _sources = [];
    private readonly PriorityQueue<Source, long> _arrivals = new();
    private readonly Dictionary<ushort, Source> _byId = [];

    public TreeRig(ClassTreeSpec spec, BitRate link, long burstBytes = 3_200, int slots = 16_384, ClassTreeOptions? options = null)
    {
        Names = ClassNames.BuiltIn.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, link, Names, out ClassTreePlan? plan));
        BurstBytes = burstBytes;
        Pool = new(slots, 64);
        Memory = FlowQueueMemory.For(Pool, 0, null, seed: 1);
        Tree = new(Pool, Memory, options ?? new() { Direction = Direction.Inbound }, plan!, new(link, burstBytes), Instant.Zero);
    }

    public ClassNames Names { get; set; }

    public FramePool Pool { get; }

    public FlowQueueMemory Memory { get; }

    public ClassTree Tree { get; }

    private long BurstBytes { get; }

    public Instant Now { get; private set; } = Instant.Zero;

    /// <summary>Sees every frame that leaves.</summary>
    public Action<FrameMeta>? Left { get; set; }

    /// <summary>Another tree from now on.</summary>
    public void Apply(ClassTreeSpec spec, BitRate link)
    {
        Names = Names.With(spec);
        Assert.Empty(ClassTreePlan.Compile(spec, link, Names, out ClassTreePlan? plan));
        Tree.Apply(plan!, new(link, BurstBytes), Now);
    }

    /// <summary>Keeps the class backlogged from now on.</summary>
    public void Backlog(string name, params int[] wireBytes)
    {
        Source source = SourceOf(name);
        source.WireBytes = wireBytes;
        source.IntervalNs = 0;
        source.IsBacklogged = true;
        TopUp(source);
    }

    /// <summary>Feeds the class at a steady rate from now on.</summary>
    public void Feed(string name, double bitsPerSecond, int wireBytes)
    {
        Source source = SourceOf(name);
        source.WireBytes = [wireBytes];
        source.IsBacklogged = false;
        source.IntervalNs = wireBytes * 8e9 / bitsPerSecond;
        source.NextNs = Now.Nanoseconds;
        _arrivals.Enqueue(source, Now.Nanoseconds);
    }

    /// <summary>Nothing arrives for the class any more.</summary>
    public void Stop(string name)
    {
        SourceOf(name).IsBacklogged = false;
        SourceOf(name).IntervalNs = 0;
    }

    /// <summary>Wire bytes of the class that have left since the last <see cref="Forget"/>.</summary>
    public long Sent(string name) => _byId.TryGetValue(IdOf(name), out Source? source) ? source.SentBytes : 0;

    public void Forget() => _sources.ForEach(s => s.SentBytes = 0);

    public ushort IdOf(string name) => Names.TryGetId(name, out ushort id) ? id : throw new ArgumentException(name);

    public void Run(Duration span)
    {
        Instant end = Now + span;
        while (true)
        {
            Drain();
            Instant next = Tree.NextEligible(Now);
            if (_arrivals.TryPeek(out _, out long arrival))
            {
                next = Instant.Min(next, new(arrival));
            }

            if (next >= end)
            {
                Now = end;
                return;
            }

            Now = Instant.Max(next, Now);
            while (_arrivals.TryPeek(out Source? source, out long at) && at <= Now.Nanoseconds)
            {
                _arrivals.Dequeue();
                if (source.IntervalNs > 0)
                {
                    Arrive(source);
                    source.NextNs += source.IntervalNs;
                    _arrivals.Enqueue(source, (long)Math.Ceiling(source.NextNs));
                }
            }
        }
    }

    /// <summary>One frame, now.</summary>
    public void Offer(ushort id, int wireBytes, uint flow = 0)
    {
        Pool.Reclaim();
        if (!Pool.TryRent(out FrameHandle frame))
        {
            return;
        }

        ref FrameMeta meta = ref Pool.Meta(frame);
        meta = default;
        meta.FrameBytes = Math.Min(wireBytes, 64);
        meta.WireBytes = wireBytes;
        meta.ClassId = id;
        meta.FlowHash = flow;
        meta.Arrival = Now;
        Tree.Enqueue(frame, Now);
    }

    private void Drain()
    {
        while (Tree.TryDequeue(Now, out FrameHandle frame))
        {
            FrameMeta meta = Pool.Meta(frame);
            Pool.Return(frame);
            Left?.Invoke(meta);
            if (_byId.TryGetValue(meta.ClassId, out Source? source))
            {
                source.SentBytes += meta.WireBytes;
                if (source.IsBacklogged)
                {
                    TopUp(source);
                }
            }
        }
    }

    private void Arrive(Source source)
    {
        if (Tree.Counters(source.Id).BacklogFrames < MostQueued)
        {
            Offer(source.Id, source.WireBytes[source.Frames++ % source.WireBytes.Length], Queueing.FlowFrames.Hash(source.Id));
        }
    }

    private void TopUp(Source source)
    {
        // A slow class of long frames holds fewer than that: where one more makes another go, it is full.
        long before = -1;
        while (Tree.Counters(source.Id).BacklogFrames is long held && held < BacklogFrames && held > before)
        {
            before = held;
            Arrive(source);
        }
    }

    private Source SourceOf(string name)
    {
        ushort id = IdOf(name);
        if (!_byId.TryGetValue(id, out Source? source))
        {
            _byId.Add(id, source = new() { Id = id });
            _sources.Add(source);
        }

        return source;
    }

    private sealed class Source
    {
        public ushort Id;
        public int[] WireBytes = [];
        public double IntervalNs;
        public double NextNs;
        public bool IsBacklogged;
        public long SentBytes;
        public int Frames;
    }
}
