using Shaper.Engine.Aqm;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Queueing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.Host.Control;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>Puts together what decides how one flow is treated: the rules, tried again on the flow as it is remembered, the classes, and steering.</summary>
internal sealed class FlowExplanation
{
    private readonly FlowSnapshot _flow;
    private readonly EnginePlan _plan;
    private readonly EngineSnapshot _engine;
    private readonly ShaperStatus _status;
    private readonly string _policyFile;

    /// <param name="flow">As the engine told it.</param>
    /// <param name="plan">In effect.</param>
    /// <param name="engine">Counts, for the settings of queues.</param>
    /// <param name="status">The classes as an operator sees them.</param>
    /// <param name="policyFile">Empty for the built-in policy.</param>
    public FlowExplanation(FlowSnapshot flow, EnginePlan plan, EngineSnapshot engine, ShaperStatus status, string policyFile)
    {
        _flow = flow;
        _plan = plan;
        _engine = engine;
        _status = status;
        _policyFile = policyFile;
    }

    public ExplainAnswer Answer() => new()
    {
        Flow = FlowReport.Of(_flow, _plan),
        Down = Route(Direction.Inbound),
        Up = Route(Direction.Outbound),
        Connection = FlowReport.ConnectionOf(_flow),
        Limit = SteerWords.Sentence(_flow),
    };

    private RouteStatus Route(Direction direction)
    {
        bool inbound = direction == Direction.Inbound;
        List<string> notes = [];
        byte trafficClass = inbound ? _flow.OutsideTrafficClass : _flow.InsideTrafficClass ?? _flow.OutsideTrafficClass;
        if (!inbound && _flow.InsideTrafficClass is null)
        {
            notes.Add($"DSCP {HeaderNames.Dscp(trafficClass >> 2)} is taken from the other direction: frames that leave are not remembered for this flow");
        }

        int data = Match(direction, trafficClass, ackOnly: false);
        int acks = _flow.Key.Protocol == IpProtocols.Tcp ? Match(direction, trafficClass, ackOnly: true) : data;
        ushort id = _plan.Rules.ClassOf(data);
        ClassTreePlan tree = _plan.For(direction).Tree;
        if (inbound && _flow.ClassId is { } seen && tree.LeafOf(seen) != tree.LeafOf(id) && seen != _plan.Rules.ClassOf(acks))
        {
            notes.Add($"its last frame went into class {FlowReport.LeafName(tree, seen)}: the policy has changed since, or that frame showed more than is remembered of the flow");
        }

        int leaf = tree.LeafOf(id);
        PlannedClass planned = tree.Classes[leaf];
        DirectionStatus status = inbound ? _status.Down : _status.Up;
        FlowQueueSettings? queueing = (inbound ? _engine.Inbound : _engine.Outbound).Classes.FirstOrDefault(c => c.Name == planned.Name)?.Queueing;
        CodelParams? codel = queueing?.Codel is { } some && some.Target != Duration.Max ? some : null;
        return new()
        {
            Rule = Rule(data, direction, trafficClass),
            AckRule = acks == data ? null : Rule(acks, direction, trafficClass),
            Path = FlowReport.Path(tree, id),
            Leaf = status.Classes.First(c => c.Name == planned.Name),
            Overflow = planned.Overflow >= 0 ? tree.Classes[planned.Overflow].Name : null,
            Partition = planned.Spec.Partition is { } split ? ClassReport.Of(planned.Spec, 1).Notes.FirstOrDefault(static n => n.StartsWith("each ", StringComparison.Ordinal)) ?? split.By.ToString() : null,
            QuantumBytes = queueing?.QuantumBytes,
            CodelTargetMilliseconds = codel?.Target.TotalMilliseconds,
            CodelIntervalMilliseconds = codel?.Interval.TotalMilliseconds,
            DelayBoundMilliseconds = queueing?.UdpDelayBound is { } bound && bound != Duration.Zero ? bound.TotalMilliseconds : null,
            Notes = notes,
        };
    }

    private int Match(Direction direction, byte trafficClass, bool ackOnly) =>
        RuleTrace.Match(_plan.Rules, _flow.Key, IsFromFirst(direction), trafficClass, ackOnly, direction);

    private bool IsFromFirst(Direction direction) => _flow.InsideIsFirst == (direction == Direction.Outbound);

    private RuleStatus Rule(int index, Direction direction, byte trafficClass)
    {
        IReadOnlyList<Rule> rules = _plan.Rules.Rules;
        string className = FlowReport.LeafName(_plan.For(direction).Tree, _plan.Rules.ClassOf(index));
        if (index < 0)
        {
            return new(null, rules.Count, "fallback", _policyFile.Length == 0 ? null : _policyFile, null, className, ["no rule matches"]);
        }

        Rule rule = rules[index];
        return new(
            index + 1, rules.Count, rule.Name, rule.Line == 0 ? null : _policyFile, rule.Line == 0 ? null : rule.Line, className,
            RuleEvidence.Of(rule, _flow.Key, IsFromFirst(direction), trafficClass >> 2, direction));
    }
}
