namespace Shaper.Engine.Shaping.Framing;

/// <summary>What the router wraps around each IP packet before the access link: GRE, ESP, both, or nothing. Immutable.</summary>
/// <remarks>
/// One length formula serves all: outer = <see cref="OutsideBytes"/> + (inner + <see cref="InsideBytes"/>, rounded up to <see cref="AlignmentBytes"/>).
/// Inside lie what is encrypted: GRE, in tunnel mode its delivery header, pad length and next header (RFC 4303, 2). Outside lie the outer IP header, the UDP
/// header of NAT traversal (RFC 3948), SPI and sequence number, vector and integrity value.
/// The packet is taken to fit the tunnel: routers fragment before they encrypt, and a box on their LAN side sees fragments only if hosts send them.
/// </remarks>
public sealed record Tunnel
{
    private const int Ipv4HeaderBytes = 20;
    private const int Ipv6HeaderBytes = 40;

    /// <summary>No tunnel.</summary>
    public static Tunnel None { get; } = new();

    public GreHeader Gre { get; init; } = GreHeader.None;

    public EspMode Esp { get; init; } = EspMode.None;

    public EspCipher Cipher { get; init; } = EspCipher.AesCbc;

    /// <summary>Beside <see cref="EspCipher.AesCbc"/> only.</summary>
    public EspIntegrity Integrity { get; init; } = EspIntegrity.Sha256;

    /// <summary>ESP travels in UDP port 4500.</summary>
    public bool NatTraversal { get; init; }

    /// <summary>The outer addresses are IPv6, and so is the delivery header inside ESP in tunnel mode.</summary>
    public bool OuterIpv6 { get; init; }

    /// <summary>Whether there is a tunnel at all.</summary>
    public bool IsNone => Gre == GreHeader.None && Esp == EspMode.None;

    /// <summary>Bytes around the encrypted part, or around the packet where nothing is encrypted.</summary>
    public int OutsideBytes
    {
        get
        {
            if (IsNone)
            {
                return 0;
            }

            int bytes = OuterHeaderBytes;
            if (Esp == EspMode.None)
            {
                return bytes + (int)Gre;
            }

            const int spiAndSequence = 8;
            const int udpHeader = 8;
            int vector = Cipher == EspCipher.AesCbc ? 16 : 8;
            int integrity = Cipher == EspCipher.AesCbc ? (int)Integrity : 16;
            return bytes + (NatTraversal ? udpHeader : 0) + spiAndSequence + vector + integrity;
        }
    }

    /// <summary>Bytes that are encrypted beside the packet, padding apart.</summary>
    public int InsideBytes
    {
        get
        {
            const int padLengthAndNextHeader = 2;
            return Esp switch
            {
                EspMode.None => 0,
                EspMode.Tunnel when Gre != GreHeader.None => OuterHeaderBytes + (int)Gre + padLengthAndNextHeader,
                _ => (int)Gre + padLengthAndNextHeader,
            };
        }
    }

    /// <summary>The encrypted part is a multiple of this; a power of two.</summary>
    public int AlignmentBytes => Esp == EspMode.None ? 1 : Cipher == EspCipher.AesCbc ? 16 : 4;

    private int OuterHeaderBytes => OuterIpv6 ? Ipv6HeaderBytes : Ipv4HeaderBytes;

    /// <summary>Why this cannot be, in words for the operator; none when it can.</summary>
    public string? Fault => this switch
    {
        { Gre: GreHeader.None, Esp: EspMode.Transport } => "ESP in transport mode carries a tunnel's packets only with GRE: add gre or gre-key, or use esp-tunnel",
        { NatTraversal: true, Esp: EspMode.None } => "nat-t wraps ESP in UDP: add esp-transport or esp-tunnel",
        _ => null,
    };
}
