using System.Globalization;
using Shaper.Engine.Shaping.Framing;
using Shaper.Engine.Units;

namespace Shaper.Host.Policy;

/// <summary>Reads the section "link".</summary>
internal static class LinkReader
{
    public const string MssClampForm = "auto, off, or the longest time a frame may take, from 1ms to 1s, such as 10ms";

    private const string CodingForm = "none, ptm or atm";

    private static readonly string FramingForm =
        $"one of {string.Join(", ", LinkLayer.Named.Select(static n => n.Key))}, or the keys overhead, minimum and coding";

    public static PolicyLink Read(PolicyKeys file, PolicyFaults faults)
    {
        if (file.Group("link") is not { } keys)
        {
            return PolicyLink.Default;
        }

        int before = faults.Count;
        (LinkLayer layer, string framingText) = ReadFraming(keys);
        Tunnel tunnel = ReadTunnel(keys, faults);
        int tags = keys.Number("vlan-tags", 0, 2) ?? 0;
        Duration? longest = ReadClamp(keys);
        if (tags > 0 && layer == LinkLayer.Raw)
        {
            faults.Add(keys.LineOf("vlan-tags"), keys.PathOf("vlan-tags"), "framing raw counts frames as they are seen, with their tags: give another framing, or leave the key out");
        }

        keys.RefuseOthers();
        return faults.Count > before
            ? PolicyLink.Default
            : new()
            {
                Framing = new(layer, tunnel, tags),
                FramingText = framingText + (tags > 0 ? $" with {tags} VLAN tag{(tags == 1 ? "" : "s")}" : ""),
                TunnelText = keys.Node("tunnel")?.Value ?? PolicyLink.Default.TunnelText,
                LongestFrame = longest,
            };
    }

    private static (LinkLayer Layer, string Text) ReadFraming(PolicyKeys of)
    {
        if (of.Node("framing") is not { Entries: not null })
        {
            LinkLayer? named = of.One<Named>("framing", TryFraming, FramingForm)?.Layer;
            return (named ?? LinkLayer.Raw, of.Node("framing")?.Value ?? PolicyLink.Default.FramingText);
        }

        PolicyKeys keys = of.Group("framing")!;
        int overhead = keys.RequiredNumber("overhead", LinkLayer.LeastOverheadBytes, LinkLayer.MostOverheadBytes) ?? 0;
        int minimum = keys.Number("minimum", 0, LinkLayer.MostMinimumBytes) ?? 0;
        CellCoding coding = keys.One<CellCoding>("coding", Commands.Forms.TryWord, CodingForm) ?? CellCoding.None;
        keys.RefuseOthers();
        string text = string.Create(CultureInfo.InvariantCulture, $"{overhead} B overhead, {minimum} B minimum, coding {coding.ToString().ToLowerInvariant()}");
        return (new(overhead, minimum, coding), text);
    }

    private static Tunnel ReadTunnel(PolicyKeys keys, PolicyFaults faults)
    {
        PolicyNode? node = keys.Node("tunnel");
        Tunnel tunnel = Tunnel.None;
        if (node is { Value: null })
        {
            faults.Add(node.Line, keys.PathOf("tunnel"), $"is {node.Kind}: give {Engine.Shaping.Framing.TunnelText.AcceptedForm}");
        }
        else if (node is { Value: { } text } && !TunnelText.TryParse(text, out tunnel, out string fault))
        {
            faults.Add(node.Line, keys.PathOf("tunnel"), fault);
        }

        return tunnel;
    }

    private static Duration? ReadClamp(PolicyKeys keys)
    {
        Duration limit = keys.One<Duration>("mss-clamp", TryClamp, MssClampForm) ?? MssLimit.DefaultLongest;
        return limit == Duration.Zero ? null : limit;
    }

    /// <summary>Zero for off.</summary>
    private static bool TryClamp(string text, out Duration value)
    {
        bool off = text.Equals("off", StringComparison.OrdinalIgnoreCase);
        value = off ? Duration.Zero : MssLimit.DefaultLongest;
        return off || text.Equals("auto", StringComparison.OrdinalIgnoreCase)
            || (Duration.TryParse(text, out value) && value >= Duration.FromMilliseconds(1) && value <= Duration.FromSeconds(1));
    }

    private static bool TryFraming(string text, out Named value)
    {
        bool found = LinkLayer.TryFind(text, out LinkLayer layer);
        value = new(layer);
        return found;
    }

    private readonly record struct Named(LinkLayer Layer);
}
