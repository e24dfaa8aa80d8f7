using Shaper.Engine.Buffers;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Tree;

/// <summary>
/// A random run of enqueues, dequeues and changes of plan. Each plan's rules give each flow one class, which may be none of the tree; frames classified under the
/// plan before may still come after a change.
/// </summary>
internal sealed class ApplyModel
{
    private const int Names = 10;

    private readonly Random _random;
    private readonly int _flows;
    private readonly FramePool _pool = new(2_048, 64);
    private readonly BufferBudget _box;
    private readonly FlowQueueMemory _memory;
    private readonly ClassTree _tree;
    private readonly ushort[] _classOf;
    private readonly ushort[] _classBefore;
    private readonly bool[] _isNew;
    private readonly long[] _lastSerial;
    private ClassNames _names = ClassNames.BuiltIn;
    private Instant _now = Instant.Zero + Duration.FromSeconds(1);
    private Instant _changedAt;
    private long _serial;
    private long _left;

    /// <param name="flowSlots">Slots of the flow table; null for as many as the pool asks for. With few, most flows share the slot of their class.</param>
    public ApplyModel(int seed, int flows, int? flowSlots = null)
    {
        _random = new(seed);
        _flows = flows;
        _box = new(2_000L * _pool.SlotBytes);
        _memory = flowSlots is { } slots
            ? new(new(slots, FlowQueueMemory.DefaultClasses, seed: 3), new((long)_pool.Slots * _pool.SlotBytes, _box))
            : FlowQueueMemory.For(_pool, 0, _box, seed: 3);
        _classOf = new ushort[flows];
        _classBefore = new ushort[flows];
        _isNew = new bool[flows];
        _lastSerial = new long[flows];
        Reclassify();
        Array.Fill(_isNew, true);
        _tree = new(_pool, _memory, new() { Direction = (Direction)_random.Next(2) }, Plan(), Limits(), _now);
    }

    /// <summary>Runs and checks. Returns how many frames stood queued at changes.</summary>
    public long Run(int steps)
    {
        long stood = 0;
        for (int step = 0; step < steps; step++)
        {
            switch (_random.Next(4))
            {
                case 0:
                    stood += Change();
                    break;
                case 1:
                    Serve(_random.Next(1, 200));
                    break;
                default:
                    Offer(_random.Next(1, 120));
                    break;
            }

            CheckBalance();
        }

        _now += Duration.FromSeconds(1_000);
        while (_tree.TryFlush(_now, out FrameHandle frame))
        {
            Leave(frame);
        }

        CheckBalance();
        Assert.Equal(0, _tree.Frames);
        _pool.Reclaim();
        Assert.Equal(_pool.Slots, _pool.FreeSlots);
        return stood;
    }

    private void Offer(int frames)
    {
        for (int i = 0; i < frames; i++)
        {
            _pool.Reclaim();
            if (!_pool.TryRent(out FrameHandle frame))
            {
                return;
            }

            int flow = _random.Next(_flows);
            _isNew[flow] |= _random.Next(3) != 0;
            ref FrameMeta meta = ref _pool.Meta(frame);
            meta = default;
            meta.FrameBytes = 60;
            meta.WireBytes = _random.Next(64, 1_514);
            meta.FlowHash = Queueing.FlowFrames.Hash(flow);
            meta.CapturedUnixNs = ++_serial;
            meta.ClassId = _isNew[flow] ? _classOf[flow] : _classBefore[flow];
            meta.Arrival = _isNew[flow] ? _now : _changedAt;
            _tree.Enqueue(frame, _now);
            _now += new Duration(_random.Next(1, 100_000));
        }
    }

    private void Serve(int frames)
    {
        for (int i = 0; i < frames; i++)
        {
            if (_tree.TryDequeue(_now, out FrameHandle frame))
            {
                Leave(frame);
                continue;
            }

            Instant next = _tree.NextEligible(_now);
            if (next == Instant.Never)
            {
                Assert.Equal(0, _tree.Frames);
                return;
            }

            _now = Instant.Max(next, _now);
        }
    }

    private int Change()
    {
        // Between the change and the first frame under the new plan lies a moment, or the two could not be told apart.
        _changedAt = _now;
        Reclassify();
        int queued = _tree.Frames;
        long dropped = _tree.Drops.TotalFrames;
        _tree.Apply(Plan(), Limits(), _now);
        _now += new Duration(1);
        Assert.Equal(queued, _tree.Frames);
        Assert.Equal(dropped, _tree.Drops.TotalFrames);
        return queued;
    }

    private void Reclassify()
    {
        _classOf.CopyTo(_classBefore, 0);
        for (int flow = 0; flow < _flows; flow++)
        {
            _isNew[flow] = false;
            _classOf[flow] = _random.Next(3) == 0 ? _classBefore[flow] : (ushort)_random.Next(Names + 4);
        }
    }

    private LinkLimits Limits() => new(BitRate.FromMegabits(_random.Next(1_000, 2_000)), 3_200, _random.Next(2) == 0);

    private ClassTreePlan Plan()
    {
        while (true)
        {
            List<ClassSpec> classes = [];
            for (int i = 0; i < Names; i++)
            {
                if (_random.Next(3) == 0)
                {
                    continue;
                }

                string? parent = classes.Count == 0 || _random.Next(2) == 0 ? null : classes[_random.Next(classes.Count)].Name;
                classes.Add(Specs.Class(
                    $"c{i}", parent, _random.Next(3) == 0 ? "10%" : null, _random.Next(4) == 0 ? "50%" : null, _random.Next(8), _random.Next(1, 9),
                    _random.Next(8) == 0 ? (ClassAction)_random.Next(1, 4) : ClassAction.Shape) with
                { Partition = _random.Next(5) == 0 ? Split() : null });
            }

            // So wide and deep that it never polices, for what it polices is served apart from the rest of its flow.
            classes.Add(new()
            {
                Name = "strict",
                Strict = new() { Police = RateShare.OfPercent(90), Overflow = ClassTreePlan.DefaultName, Depth = Duration.FromSeconds(1) },
            });
            ClassTreeSpec spec = new() { Classes = classes };
            _names = _names.With(spec);
            if (ClassTreePlan.Compile(spec, BitRate.FromMegabits(1_000), _names, out ClassTreePlan? plan).Count == 0)
            {
                return plan!;
            }
        }
    }

    private PartitionSpec Split() => new()
    {
        By = PartitionKey.Flow,
        Most = _random.Next(1, 4),
        Min = _random.Next(2) == 0 ? RateShare.OfPercent(10) : null,
        Max = _random.Next(2) == 0 ? RateShare.OfPercent(50) : null,
    };

    private void Leave(FrameHandle frame)
    {
        FrameMeta meta = _pool.Meta(frame);
        _pool.Return(frame);
        _left++;
        for (int flow = 0; flow < _flows; flow++)
        {
            if (Queueing.FlowFrames.Hash(flow) == meta.FlowHash)
            {
                Assert.True(meta.CapturedUnixNs > _lastSerial[flow], "a frame overtook an older one of its flow");
                _lastSerial[flow] = meta.CapturedUnixNs;
            }
        }
    }

    private void CheckBalance()
    {
        Assert.Equal(_serial, _left + _tree.Frames + _tree.Drops.TotalFrames);
        Assert.Equal((long)_tree.Frames * _pool.SlotBytes, _memory.Budget.UsedBytes);
        Assert.Equal(_memory.Budget.UsedBytes, _box.UsedBytes);
    }
}
