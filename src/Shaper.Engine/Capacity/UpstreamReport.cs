using Shaper.Engine.Units;
using Shaper.Engine.Voice;

namespace Shaper.Engine.Capacity;

/// <summary>One second as seen at the WAN port, before our own queue.</summary>
/// <param name="State">The verdict.</param>
/// <param name="Arriving">Rate of everything that arrived.</param>
/// <param name="Unsteerable">Of that, what is not TCP and not a call.</param>
/// <param name="Calls">What the calls went through before they reached us.</param>
/// <param name="Culprit">Who sends most of what cannot be steered; zero bytes when nobody.</param>
/// <param name="Queue">What stands at the provider.</param>
public readonly record struct UpstreamReport(
    UpstreamState State, BitRate Arriving, BitRate Unsteerable, RtpWindow Calls, SourceRate Culprit, QueueEstimate Queue);
