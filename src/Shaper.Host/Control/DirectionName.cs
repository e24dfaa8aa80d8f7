using Shaper.Engine.Units;

namespace Shaper.Host.Control;

/// <summary>The operator's words for the two directions: a link has a down rate and an up rate.</summary>
internal static class DirectionName
{
    public const string AcceptedForm = "'down' (to the site) or 'up' (from the site)";

    public static string Of(Direction direction) => direction == Direction.Inbound ? "down" : "up";

    public static bool TryParse(string text, out Direction direction)
    {
        direction = text == "up" ? Direction.Outbound : Direction.Inbound;
        return text is "down" or "up";
    }
}
