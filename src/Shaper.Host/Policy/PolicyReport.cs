using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>What a policy comes to, for <c>shaper policy check</c>: the link and both trees, with rates where the link's are known.</summary>
internal sealed record PolicyReport
{
    public required string File { get; init; }

    /// <summary>Rules of the file and, unless it leaves them out, the built-in ones.</summary>
    public required int Rules { get; init; }

    public required string Framing { get; init; }

    public required string Tunnel { get; init; }

    /// <summary>Wire bytes of a packet of 1,500 B on the line.</summary>
    public required int FullPacketWireBytes { get; init; }

    /// <summary>Null where segments are never clamped.</summary>
    public required double? LongestFrameMilliseconds { get; init; }

    public required TreeReport Inbound { get; init; }

    public required TreeReport Outbound { get; init; }

    /// <param name="policy">A policy without faults.</param>
    /// <param name="plans">Its trees; null where the link's rates are not known.</param>
    /// <param name="down">Shaped inbound rate.</param>
    /// <param name="up">Shaped outbound rate.</param>
    public static PolicyReport Of(PolicyFile policy, PolicyPlans? plans, BitRate down, BitRate up) => new()
    {
        File = policy.Source,
        Rules = policy.Rules.Rules.Count,
        Framing = policy.Link.FramingText,
        Tunnel = policy.Link.TunnelText,
        FullPacketWireBytes = policy.Link.Framing.WireBytesOfPacket(1_500),
        LongestFrameMilliseconds = policy.Link.LongestFrame?.TotalMilliseconds,
        Inbound = Tree(policy.Inbound.Spec, plans?.Inbound, down),
        Outbound = Tree(policy.Outbound.Spec, plans?.Outbound, up),
    };

    private static TreeReport Tree(ClassTreeSpec spec, ClassTreePlan? plan, BitRate shaped) =>
        new(plan is null ? null : shaped.BitsPerSecond, spec.FloorPercent, plan is null ? Stated(spec) : Resolved(plan, shaped));

    private static List<ClassReport> Stated(ClassTreeSpec spec)
    {
        List<ClassReport> classes = [];
        Append(spec, parent: null, depth: 1, classes);
        return classes;
    }

    private static void Append(ClassTreeSpec spec, string? parent, int depth, List<ClassReport> to)
    {
        foreach (ClassSpec one in spec.Classes.Where(c => c.Parent == parent))
        {
            to.Add(ClassReport.Of(one, depth));
            Append(spec, one.Name, depth + 1, to);
        }
    }

    /// <summary>As the engine has laid it out, implicit classes included, children below their parents.</summary>
    private static List<ClassReport> Resolved(ClassTreePlan plan, BitRate shaped)
    {
        List<ClassReport> classes = [];
        Append(plan, plan.RatesAt(shaped), parent: 0, classes);
        return classes;
    }

    private static void Append(ClassTreePlan plan, ClassRates rates, int parent, List<ClassReport> to)
    {
        for (int i = 1; i < plan.Classes.Length; i++)
        {
            PlannedClass one = plan.Classes[i];
            if (one.Parent == parent)
            {
                to.Add(ClassReport.Of(one.Spec, one.Depth) with
                {
                    AskedBitsPerSecond = rates.Asked[i],
                    GuaranteeBitsPerSecond = rates.Guarantee[i],
                    CeilingBitsPerSecond = CeilingOf(one.Spec, rates, i),
                    Scaled = rates.IsScaledDown(i),
                });
                Append(plan, rates, i, to);
            }
        }
    }

    /// <summary>What exceeds the policer of a strict class is no longer in it; a class that is not shaped has no ceiling.</summary>
    private static ulong? CeilingOf(ClassSpec spec, ClassRates rates, int index) =>
        spec.Strict is not null ? rates.Guarantee[index] : spec.Action == ClassAction.Shape ? rates.Ceiling[index] : null;
}
