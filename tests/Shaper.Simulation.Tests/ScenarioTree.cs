using Shaper.Engine.Buffers;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Simulation.Tests;

/// <summary>A class tree alone in virtual time: sources that keep frames queued or send at a steady pace, and what leaves, by source.</summary>
internal sealed class ScenarioTree
{
    /// <summary>Frames that a source without an interval has queued: few enough that no class is ever full, as nobody is told of a drop.</summary>
    private const int BacklogFrames = 3;

    private readonly List<ScenarioSource> _sources = [];
    private readonly Dictionary<uint, ScenarioSource> _byFlow = [];
    private readonly FramePool _pool = new(8_192, 2_048);
    private readonly ClassNames _names;

    public ScenarioTree(ClassTreeSpec spec, BitRate link, Direction direction = Direction.Outbound, bool thinAcks = false)
    {
        _names = ClassNames.BuiltIn.With(spec);
        if (ClassTreePlan.Compile(spec, link, _names, out ClassTreePlan? plan) is { Count: > 0 } faults)
        {
            throw new ArgumentException(faults[0].ToString(), nameof(spec));
        }

        ClassTreeOptions options = new() { Direction = direction, ThinAcks = thinAcks };
        Tree = new(_pool, FlowQueueMemory.For(_pool, 0, null, seed: 1), options, plan!, new(link, 3_200), Now);
    }

    public ClassTree Tree { get; }

    public Instant Now { get; private set; } = Instant.Zero;

    public ScenarioSource Add(ScenarioSource source)
    {
        source.Flow = (uint)(_sources.Count + 1) * 0x9E37_79B1;
        source.Next = Now;
        _sources.Add(source);
        _byFlow.Add(source.Flow, source);
        return source;
    }

    public void Run(Duration span)
    {
        Instant end = Now + span;
        while (Now < end)
        {
            Instant next = end;
            foreach (ScenarioSource source in _sources)
            {
                while (source.Interval is null ? source.Queued < BacklogFrames : source.Next <= Now)
                {
                    Offer(source);
                    source.Next += source.Interval ?? Duration.Zero;
                }

                next = source.Interval is null ? next : Instant.Min(next, source.Next);
            }

            while (Tree.TryDequeue(Now, out FrameHandle frame))
            {
                FrameMeta meta = _pool.Meta(frame);
                _byFlow[meta.FlowHash].Left(meta.WireBytes, Now.Since(meta.Arrival));
                _pool.Return(frame);
                next = Now;
            }

            next = Instant.Min(next, Tree.NextEligible(Now));
            Now = next > Now ? next : Now + new Duration(1);
        }
    }

    private void Offer(ScenarioSource source)
    {
        _pool.Reclaim();
        if (!_pool.TryRent(out FrameHandle frame))
        {
            throw new InvalidOperationException("no slot left");
        }

        byte[] bytes = source.Make();
        bytes.CopyTo(_pool.Slot(frame));
        ref FrameMeta meta = ref _pool.Meta(frame);
        meta = default;
        meta.FrameBytes = (ushort)bytes.Length;
        Dissector.Dissect(bytes, ref meta);
        meta.WireBytes = bytes.Length;
        meta.FlowHash = source.Flow;
        meta.Arrival = Now;
        meta.ClassId = _names.TryGetId(source.Class, out ushort id) ? id : throw new ArgumentException(source.Class, nameof(source));
        source.Offered++;
        source.Queued++;
        Tree.Enqueue(frame, Now);
    }
}
