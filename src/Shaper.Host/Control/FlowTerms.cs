using System.Globalization;
using Shaper.Engine.Pipeline;

namespace Shaper.Host.Control;

/// <summary>Words and numbers of a question for flows, the same on the command line and in the API.</summary>
internal static class FlowTerms
{
    public const string StateForm = "steered, sender-limited, idle or not-steerable";

    public static string TopForm { get; } = string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {FlowQuery.Most}");

    public static bool TryTop(string text, out int top) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out top) && top is >= 1 and <= FlowQuery.Most;

    public static bool TryState(string text, out string word)
    {
        word = text;
        return TryState(text, out SteeringState _);
    }

    public static bool TryState(string text, out SteeringState state)
    {
        for (state = SteeringState.Steered; state <= SteeringState.NotSteerable; state++)
        {
            if (Word(state) == text)
            {
                return true;
            }
        }

        return false;
    }

    public static string Word(SteeringState state) => state switch
    {
        SteeringState.Steered => "steered",
        SteeringState.SenderLimited => "sender-limited",
        SteeringState.Idle => "idle",
        _ => "not-steerable",
    };
}
