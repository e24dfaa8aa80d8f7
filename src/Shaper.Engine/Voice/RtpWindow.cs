using Shaper.Engine.Units;

namespace Shaper.Engine.Voice;

/// <summary>What all watched streams went through during one window, before they reached the box.</summary>
/// <param name="Streams">Streams alive.</param>
/// <param name="Packets">Packets that came.</param>
/// <param name="Expected">Packets that, by their sequence numbers, were sent.</param>
/// <param name="Excess">The latest packet against the best of its stream.</param>
/// <param name="Jitter">Of the worst stream, RFC 3550.</param>
/// <param name="LeastExcess">What every packet was later than the best of its stream, at least; zero where none came.</param>
public readonly record struct RtpWindow(int Streams, int Packets, int Expected, Duration Excess, Duration Jitter, Duration LeastExcess = default)
{
    public double LossPercent => Expected == 0 ? 0 : 100.0 * (Expected - Math.Min(Packets, Expected)) / Expected;
}
