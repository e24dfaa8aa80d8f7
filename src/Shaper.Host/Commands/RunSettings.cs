using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Policy;

namespace Shaper.Host.Commands;

/// <summary>What the operator asked <c>run</c> for, each value checked by itself.</summary>
internal sealed record RunSettings
{
    /// <summary>Percent of the link left free by default.</summary>
    public const double DefaultHeadroomPercent = 2.7;

    public const PortKind DefaultPort = PortKind.Ring;

    public const ThreadMode DefaultThreads = ThreadMode.One;

    /// <summary>Interface towards the router.</summary>
    public required string Wan { get; init; }

    /// <summary>Interface towards the site.</summary>
    public required string Lan { get; init; }

    /// <summary>The link's own rate to the site.</summary>
    public required BitRate Down { get; init; }

    /// <summary>The link's own rate from the site.</summary>
    public required BitRate Up { get; init; }

    public double HeadroomPercent { get; init; } = DefaultHeadroomPercent;

    /// <summary>Null: <see cref="DirectionPlan.DefaultBurstBytes"/> of each direction.</summary>
    public ByteSize? Burst { get; init; }

    public PortKind Port { get; init; } = DefaultPort;

    public ThreadMode Threads { get; init; } = DefaultThreads;

    /// <summary>Far TCP senders are slowed down through the acknowledgements that leave the site.</summary>
    public bool SteerTcp { get; init; }

    /// <summary>Far receivers' windows are lowered so that our own outbound queue stays short.</summary>
    public bool SteerOutbound { get; init; }

    /// <summary>Link, classes and rules: a file's, or the built-in ones.</summary>
    public PolicyFile Policy { get; init; } = PolicyFile.BuiltIn;

    /// <summary>Most frames that the queues of both directions hold together; null: see <see cref="EngineOptions.QueuedFrames"/>.</summary>
    public int? QueuedFrames { get; init; }

    public required string SocketPath { get; init; }

    /// <summary>Group that may use the control socket; null leaves it to the group of the process.</summary>
    public string? SocketGroup { get; init; }

    /// <summary>True where a hang-up means "read the policy file again" and not "end".</summary>
    public bool ReloadsOnHangup { get; init; }

    /// <summary>The engine's plan for a policy at the link's rates, now or after a later change; null where a tree cannot be at its rate, and the faults say why.</summary>
    /// <param name="policy">Link, classes and rules.</param>
    /// <param name="down">The link's own rate to the site.</param>
    /// <param name="up">The link's own rate from the site.</param>
    /// <param name="largestFrameBytes">What the ports' MTU lets through.</param>
    /// <param name="faults">Empty where the result is not null.</param>
    public EnginePlan? TryPlan(PolicyFile policy, BitRate down, BitRate up, int largestFrameBytes, out IReadOnlyList<PolicyFault> faults)
    {
        double kept = 1 - (HeadroomPercent / 100);
        if (policy.TryPlan(down.Scale(kept), up.Scale(kept), out faults) is not { } trees)
        {
            return null;
        }

        return new()
        {
            Inbound = Direction(policy, down, trees.Inbound, largestFrameBytes),
            Outbound = Direction(policy, up, trees.Outbound, largestFrameBytes),
            Rules = policy.Rules,
        };
    }

    private DirectionPlan Direction(PolicyFile policy, BitRate link, ClassTreePlan tree, int largestFrameBytes)
    {
        DirectionPlan plan = DirectionPlan.Of(link, HeadroomPercent, largestFrameBytes, policy.Link.Framing, tree) with
        {
            ClampMss = policy.Link.LongestFrame is not null,
            LongestFrame = policy.Link.LongestFrame ?? MssLimit.DefaultLongest,
            RankAcks = policy.Acks.Rank switch { true => AckRanking.On, false => AckRanking.Off, null => AckRanking.Auto },
            ThinAcks = policy.Acks.Thin,
        };
        return Burst is { } burst ? plan with { BurstBytes = burst.Bytes } : plan;
    }
}
