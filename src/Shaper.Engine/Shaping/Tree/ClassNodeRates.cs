using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Turns the rates of a class into what its node runs on: buckets, the clock of its guarantee, and the settings of its queue. Stateless.</summary>
internal sealed class ClassNodeRates
{
    /// <summary>A burst that is not stated is what the rate carries in this time.</summary>
    private static readonly Duration DefaultBurst = Duration.FromMilliseconds(5);

    /// <summary>And at least two full frames, so that one frame never empties it.</summary>
    private const long LeastBurstBytes = 2 * 1_600;

    private readonly int _poolFrames;

    /// <param name="poolFrames">Slots of the direction's pool.</param>
    /// <param name="options">Where the tree stands.</param>
    public ClassNodeRates(int poolFrames, ClassTreeOptions options)
    {
        _poolFrames = poolFrames;
        Options = options;
    }

    /// <summary>Where the tree stands. May change; holds from the next <see cref="SetRate"/> on.</summary>
    public ClassTreeOptions Options { get; set; }

    private static long Burst(ClassSpec spec, BitRate rate) =>
        spec.BurstBytes ?? Math.Clamp(rate.BytesIn(DefaultBurst), LeastBurstBytes, TokenBucket.MaxBurstBytes);

    /// <summary>Sets a node to new rates; credit and debt so far stay.</summary>
    public void SetRate(ref ClassNode node, LeafClass? leaf, ClassSpec spec, ulong guarantee, ulong ceiling, BitRate link, Instant now)
    {
        BitRate max = new(ceiling);
        if (spec.Strict is { } strict)
        {
            BitRate police = new(Math.Max(1, guarantee));
            long policerBurst = Math.Max(LeastBurstBytes, police.BytesIn(strict.Depth));
            SetBucket(ref leaf!.Policer, police, policerBurst, now, isFull: true);
            SetQueue(leaf, police, policerBurst, link);
            return;
        }

        if (leaf is not null)
        {
            SetQueue(leaf, max, 0, link);
        }

        node.HasCeiling = spec.Max is not null;
        if (node.HasCeiling)
        {
            // Empty at first: the burst is for catching up, and nobody has been kept waiting yet.
            SetBucket(ref node.Ceiling, max, Burst(spec, max), now, isFull: false);
        }

        SetGuarantee(ref node, spec, guarantee);
    }

    /// <summary>Sets what a class is guaranteed, bit/s.</summary>
    public static void SetGuarantee(ref ClassNode node, ClassSpec spec, ulong guarantee)
    {
        double ticksPerSecond = 1e9 * SiblingScheduler.TicksPerNanosecond;
        node.GuaranteeCost = guarantee == 0 ? 0 : 8 * ticksPerSecond / guarantee;
        node.GuaranteeCredit = guarantee == 0 ? 0 : (float)(Burst(spec, new(guarantee)) * node.GuaranteeCost);
    }

    private void SetQueue(LeafClass leaf, BitRate rate, long policerBurst, BitRate link)
    {
        leaf.Queue.Settings = LeafSettings.Of(leaf.Planned.Spec, leaf.Kind, rate, link, Options);
        leaf.Queue.Limits = LeafSettings.Limits(leaf.Kind, rate, policerBurst, _poolFrames);
    }

    private static void SetBucket(ref TokenBucket bucket, BitRate rate, long burstBytes, Instant now, bool isFull)
    {
        if (bucket.Rate.BitsPerSecond != 0)
        {
            bucket.Change(rate, burstBytes, now);
            return;
        }

        bucket = new(rate, burstBytes, now);
        if (!isFull)
        {
            bucket.Charge((int)burstBytes, now);
        }
    }
}
