using Shaper.Engine.Units;

namespace Shaper.Host.Control;

/// <summary>What the control API may ask of a running shaper. Any thread; calls may overlap.</summary>
internal interface IShaperControl
{
    /// <summary>One moment, never older than the call.</summary>
    ShaperStatus Status();

    /// <summary>Why the shaper should not be trusted just now, one line each; empty when all is well.</summary>
    IReadOnlyList<string> Complaints();

    /// <summary>Gives one direction another link rate. In effect at the loop's next breath; nothing queued is lost.</summary>
    /// <returns>What is in effect; null where the class tree cannot be at that rate, and nothing has changed.</returns>
    RateAnswer? SetRate(Direction direction, BitRate link, out IReadOnlyList<string> errors);

    /// <summary>The policy in effect.</summary>
    PolicyAnswer Policy();

    /// <summary>Puts another policy into effect at the loop's next breath, whole or not at all; nothing queued is lost.</summary>
    /// <param name="name">The file's name, for the errors.</param>
    /// <param name="text">YAML.</param>
    /// <param name="errors">Everything that is wrong, with file, line, key and accepted form; empty where the result is not null.</param>
    PolicyAnswer? ApplyPolicy(string name, string text, out IReadOnlyList<string> errors);

    /// <summary>Classes of the inbound tree, parents before children.</summary>
    IReadOnlyList<string> InboundClasses();

    /// <summary>The heaviest inbound flows, and why one is not steered.</summary>
    /// <exception cref="TimeoutException">The loop did not answer in time.</exception>
    Task<FlowsAnswer> FlowsAsync(FlowsOrder order, CancellationToken cancellation);

    /// <summary>What a name of a flow leads to; where it is one, all that decides how it is treated.</summary>
    /// <exception cref="TimeoutException">The loop did not answer in time.</exception>
    Task<FlowMatches> ExplainAsync(FlowName name, CancellationToken cancellation);

    /// <summary>Hands the traffic to the kernel bridge or takes it back, and returns when that has happened.</summary>
    /// <exception cref="TimeoutException">The loop did not take the order up in time.</exception>
    Task SetBypassAsync(bool on, CancellationToken cancellation);
}
