namespace Shaper.Engine.Shaping.Framing;

/// <summary>What the access link adds to each IP packet: bytes of framing, a minimum, a cell coding. Immutable.</summary>
/// <remarks>
/// The overhead of a named link counts from the IP packet, so it holds wherever the box stands: on the LAN side the Ethernet header that we see is
/// not the one that the line carries. The named values are those that CAKE's manual page gives for the same names; they follow from
/// RFC 2684 (LLC 8 or VC 0, bridged +14+2), RFC 2364 and 2516 (PPP 2, PPPoE 6+2) and the AAL5 trailer of 8.
/// </remarks>
/// <param name="OverheadBytes">Added to the IP packet; <see cref="AsSeen"/> means the frame counts as captured instead, and the rest is void.</param>
/// <param name="MinimumBytes">Least length after the overhead and before the coding; 0 for none.</param>
/// <param name="Coding">Applied last.</param>
public sealed record LinkLayer(int OverheadBytes, int MinimumBytes, CellCoding Coding)
{
    /// <summary>The overhead that stands for "count the Ethernet frame as it was captured".</summary>
    public const int AsSeen = int.MinValue;

    /// <summary>Least overhead that can be stated: a link that strips headers we see.</summary>
    public const int LeastOverheadBytes = -64;

    /// <summary>Most overhead that can be stated.</summary>
    public const int MostOverheadBytes = 256;

    /// <summary>Largest minimum that can be stated.</summary>
    public const int MostMinimumBytes = 256;

    /// <summary>
    /// The default: the Ethernet frame without FCS, as captured. It is what the kernel's own shapers count (the length of the skb), so that a rate
    /// means the same here and in <c>tc</c>, and the two can be compared.
    /// </summary>
    public static LinkLayer Raw { get; } = new(AsSeen, 0, CellCoding.None);

    /// <summary>
    /// Ethernet as the medium sees it (IEEE 802.3, 3.1.1 and 4.4.2): preamble and delimiter 8, header 14, FCS 4, gap 12; frames of 64 at least.
    /// </summary>
    public static LinkLayer Ethernet { get; } = new(38, 84, CellCoding.None);

    /// <summary>Names that a policy may use, in the order in which messages list them.</summary>
    public static IReadOnlyList<KeyValuePair<string, LinkLayer>> Named { get; } =
    [
        new("raw", Raw),
        new("ip", new(0, 0, CellCoding.None)),
        new("ethernet", Ethernet),
        new("docsis", new(18, 64, CellCoding.None)),
        new("pppoe-ptm", new(30, 0, CellCoding.Ptm)),
        new("bridged-ptm", new(22, 0, CellCoding.Ptm)),
        new("ipoa-vcmux", new(8, 0, CellCoding.Atm)),
        new("ipoa-llcsnap", new(16, 0, CellCoding.Atm)),
        new("bridged-vcmux", new(24, 0, CellCoding.Atm)),
        new("bridged-llcsnap", new(32, 0, CellCoding.Atm)),
        new("pppoa-vcmux", new(10, 0, CellCoding.Atm)),
        new("pppoa-llc", new(14, 0, CellCoding.Atm)),
        new("pppoe-vcmux", new(32, 0, CellCoding.Atm)),
        new("pppoe-llcsnap", new(40, 0, CellCoding.Atm)),
        new("conservative", new(48, 0, CellCoding.Atm)),
    ];

    /// <summary>Finds a named link; case does not matter.</summary>
    public static bool TryFind(string? name, out LinkLayer link)
    {
        foreach ((string known, LinkLayer value) in Named)
        {
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
            {
                link = value;
                return true;
            }
        }

        link = Raw;
        return false;
    }
}
