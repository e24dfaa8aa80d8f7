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
    RateAnswer SetRate(Direction direction, BitRate link);

    /// <summary>Hands the traffic to the kernel bridge or takes it back, and returns when that has happened.</summary>
    /// <exception cref="TimeoutException">The loop did not take the order up in time.</exception>
    Task SetBypassAsync(bool on, CancellationToken cancellation);
}
