using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Host.Control;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>Makes the operator's list of flows of the engine's.</summary>
internal static class FlowReport
{
    public static FlowsAnswer Of(FlowListing listing, EnginePlan plan, bool bypass, bool steers)
    {
        double bits = listing.Totals.Sum(static t => t.RateBits);
        return new()
        {
            Mode = bypass ? "bypass" : "shaping",
            Steering = steers,
            LinkBitsPerSecond = plan.Inbound.Link.BitsPerSecond,
            BitsPerSecond = (ulong)bits,
            LinkPercent = Math.Round(100 * bits / Math.Max(1, plan.Inbound.Link.BitsPerSecond), 1),
            States = [.. listing.Totals.Select(static (t, state) => new FlowStateStatus(FlowTerms.Word((SteeringState)state), t.Flows, (ulong)t.RateBits))],
            Reasons = [.. Reasons(listing.Reasons)],
            Matched = listing.Matched,
            Flows = [.. listing.Flows.Select(flow => Of(flow, plan))],
        };
    }

    private static IEnumerable<FlowReasonStatus> Reasons(IReadOnlyList<FlowTotals> totals)
    {
        for (int reason = 0; reason < totals.Count; reason++)
        {
            if (totals[reason].Flows > 0)
            {
                (string word, string why) = SteerWords.Of((SteerReason)reason) ?? ("not-tcp", "not TCP");
                yield return new(word, why, totals[reason].Flows, (ulong)totals[reason].RateBits);
            }
        }
    }

    public static FlowStatus Of(FlowSnapshot flow, EnginePlan plan)
    {
        (string Reason, string Why)? reason = SteerWords.Of(flow);
        ConnectionSnapshot? c = flow.Connection;
        bool steerable = flow.State != SteeringState.NotSteerable;
        return new()
        {
            Local = FlowEnds.Of(flow.Key, flow.InsideIsFirst),
            Remote = FlowEnds.Of(flow.Key, !flow.InsideIsFirst),
            Protocol = FlowEnds.Protocol(flow.Key),
            VlanId = flow.Key.VlanId,
            Class = flow.ClassId is { } id ? LeafName(plan.Inbound.Tree, id) : null,
            Dscp = HeaderNames.Dscp(flow.OutsideTrafficClass >> 2),
            BitsPerSecond = flow.Rate.BitsPerSecond,
            Bytes = flow.Bytes,
            SilentMilliseconds = Milliseconds(flow.Silent),
            State = FlowTerms.Word(flow.State),
            Reason = reason?.Reason,
            Why = reason?.Why,
            LimitedBy = SteerWords.LimitedBy(flow),
            RttBaseMilliseconds = c?.BaseRtt is { } least ? Milliseconds(least) : null,
            RttSmoothedMilliseconds = c?.SmoothedRtt is { } smoothed ? Milliseconds(smoothed) : null,
            WindowGrantedBytes = steerable ? c?.GrantedBytes : null,
            WindowOfferedBytes = steerable ? c?.OfferedBytes : null,
            ShareBitsPerSecond = steerable ? c?.Share.BitsPerSecond : null,
        };
    }

    public static ConnectionStatus? ConnectionOf(FlowSnapshot flow) => flow.Connection is not { } c ? null : new()
    {
        InsideSyn = c.InsideSyn,
        OutsideSyn = c.OutsideSyn,
        WindowScale = c.WindowScale,
        Timestamps = c.BothStamp,
        Sack = c.BothSack,
        FastOpen = c.FastOpen,
        MssBytes = c.MssBytes,
        SegmentBytes = c.SegmentBytes,
        RttFrom = [.. Enum.GetValues<RttSources>().Where(one => one != 0 && c.RttSources.HasFlag(one)).Select(static one => one.ToString().ToLowerInvariant())],
        HeldAcks = c.HeldAcks,
        HoldLimitMilliseconds = Milliseconds(c.HoldLimit),
        Share = new()
        {
            ClassBitsPerSecond = c.ClassShare.BitsPerSecond,
            UnsteeredBitsPerSecond = c.ClassUnsteered.BitsPerSecond,
            HostBitsPerSecond = c.GroupShare.BitsPerSecond,
            SatisfiedBitsPerSecond = c.GroupSatisfied.BitsPerSecond,
            LevelBitsPerSecond = c.GroupLevel.BitsPerSecond,
            WindowLimitedConnections = c.GroupLimited,
            ConnectionLimitBitsPerSecond = c.ConnectionLimit?.BitsPerSecond,
            DemandBitsPerSecond = flow.State == SteeringState.Steered ? null : flow.Rate.Scale(1.25).BitsPerSecond,
        },
    };

    /// <summary>The leaf that serves a class, by name.</summary>
    public static string LeafName(ClassTreePlan tree, ushort id) => tree.Classes[tree.LeafOf(id)].Name;

    /// <summary>From the class directly below the link to the leaf.</summary>
    public static IReadOnlyList<string> Path(ClassTreePlan tree, ushort id)
    {
        List<string> names = [];
        for (int at = tree.LeafOf(id); at > 0; at = tree.Classes[at].Parent)
        {
            names.Insert(0, tree.Classes[at].Name);
        }

        return names;
    }

    /// <summary>By id: whether a class is the one of this name, or below it.</summary>
    public static bool[] Within(ClassTreePlan tree, string name)
    {
        bool[] within = new bool[tree.Names.Count];
        for (int id = 0; id < within.Length; id++)
        {
            within[id] = Path(tree, (ushort)id).Contains(name);
        }

        return within;
    }

    private static double Milliseconds(Duration time) => Math.Round(time.TotalMilliseconds, 3);
}
