using Shaper.Engine.Units;

namespace Shaper.Engine.Shaping.Tree;

/// <summary>Finds what makes the partition or the delay bound of a class impossible. Static and stateless.</summary>
internal static class PartitionCheck
{
    private static readonly Duration ShortestBound = Duration.FromMilliseconds(1);
    private static readonly Duration LongestBound = Duration.FromSeconds(10);

    /// <summary>What is wrong by itself.</summary>
    /// <param name="spec">The class.</param>
    /// <param name="isLeaf">No class lies below it.</param>
    /// <param name="fault">Told the key and the problem of each.</param>
    public static void Check(ClassSpec spec, bool isLeaf, Action<string, string> fault)
    {
        if (spec.DelayBound is { } bound && (bound < ShortestBound || bound > LongestBound))
        {
            fault("delay_bound", $"{bound} is not accepted: from 1ms to 10s");
        }

        if (spec.Partition is not { } split)
        {
            return;
        }

        if (!isLeaf || spec.Strict is not null || spec.Action != ClassAction.Shape)
        {
            fault("partition", "only a class that is shaped, not strict and without classes below it can be split");
        }

        Range("most", split.Most, PartitionSpec.MostOfAll);
        Range("ipv4_prefix", split.Ipv4PrefixBits, 32);
        Range("ipv6_prefix", split.Ipv6PrefixBits, 128);
        Share("min", split.Min);
        Share("max", split.Max);

        void Range(string key, int value, int most)
        {
            if (value < 1 || value > most)
            {
                fault("partition." + key, $"{value} is not accepted: a whole number from 1 to {most}");
            }
        }

        void Share(string key, RateShare? share)
        {
            if (share is { IsImpossible: true })
            {
                fault("partition." + key, $"{share} is not accepted: {RateShare.AcceptedForm}");
            }
        }
    }

    /// <summary>What cannot be at the rates of its class.</summary>
    /// <param name="split">Of a class that has one.</param>
    /// <param name="guaranteed">What a percentage in min is of, bit/s.</param>
    /// <param name="ceiling">What a percentage in max is of, bit/s.</param>
    /// <param name="fault">Told the key and the problem of each.</param>
    public static void CheckRates(PartitionSpec split, ulong guaranteed, ulong ceiling, Action<string, string> fault)
    {
        ulong max = split.Max?.BitsOf(ceiling) ?? ceiling;
        if (max < BitRate.Slowest.BitsPerSecond)
        {
            fault("partition.max", $"{split.Max} is {new BitRate(max)} here; at least {BitRate.Slowest}");
        }

        if (split.Min is { } min && min.BitsOf(guaranteed) > Math.Min(max, ceiling))
        {
            fault("partition.min", $"{min} is {new BitRate(min.BitsOf(guaranteed))} here, above what a partition may use, {new BitRate(Math.Min(max, ceiling))}");
        }
    }
}
