namespace Shaper.Engine.Classify;

/// <summary>Values from <paramref name="First"/> to <paramref name="Last"/>, both included: the form that all conditions of a rule are compiled from.</summary>
internal readonly record struct ValueRange(UInt128 First, UInt128 Last);
