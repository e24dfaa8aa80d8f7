using Shaper.Engine.Shaping.Framing;

namespace Shaper.Engine.Tests.Shaping.Framing;

/// <summary>
/// What goes over the line for one packet, laid out field by field as the standards draw it and counted: with loops and divisions, and nothing shared
/// with the code under test but the names of the options.
/// </summary>
internal static class LineReference
{
    public static int Bytes(int innerBytes, Tunnel tunnel, string line, int vlanTags)
    {
        int packet = Outer(innerBytes, tunnel);
        return line switch
        {
            "raw" => 6 + 6 + 2 + packet,
            "ip" => packet + (4 * vlanTags),
            "ethernet" => Ethernet(packet, vlanTags),
            "docsis" => AtLeast(64, 6 + 6 + 2 + (4 * vlanTags) + packet + 4),
            // PPP protocol 2; PPPoE (RFC 2516) version/type 1, code 1, session 2, length 2; Ethernet 14 and FCS 4; PTM start and end byte and CRC-16.
            "pppoe-ptm" => Ptm(packet + 2 + 6 + 14 + 4 + 4 + (4 * vlanTags)),
            "bridged-ptm" => Ptm(packet + 14 + 4 + 4 + (4 * vlanTags)),
            // RFC 2684: VC multiplexing adds nothing, LLC/SNAP 8; bridged frames: pad 2 (VC) or LLC+OUI+PID 8 + pad 2, Ethernet 14; AAL5 trailer 8.
            "ipoa-vcmux" => Atm(packet + 8 + (4 * vlanTags)),
            "ipoa-llcsnap" => Atm(8 + packet + 8 + (4 * vlanTags)),
            "bridged-vcmux" => Atm(2 + 14 + packet + 8 + (4 * vlanTags)),
            "bridged-llcsnap" => Atm(8 + 2 + 14 + packet + 8 + (4 * vlanTags)),
            // RFC 2364: PPP protocol 2; over LLC, DSAP SSAP control 3 and NLPID 1 before it.
            "pppoa-vcmux" => Atm(2 + packet + 8 + (4 * vlanTags)),
            "pppoa-llc" => Atm(3 + 1 + 2 + packet + 8 + (4 * vlanTags)),
            "pppoe-vcmux" => Atm(2 + 14 + 6 + 2 + packet + 8 + (4 * vlanTags)),
            "pppoe-llcsnap" => Atm(8 + 2 + 14 + 6 + 2 + packet + 8 + (4 * vlanTags)),
            "conservative" => Atm(48 + packet + (4 * vlanTags)),
            _ => throw new ArgumentException(line),
        };
    }

    public static int Outer(int innerBytes, Tunnel tunnel)
    {
        int outerIp = tunnel.OuterIpv6 ? 40 : 20;
        int gre = tunnel.Gre == GreHeader.None ? 0 : 2 + 2 + (tunnel.Gre == GreHeader.Keyed ? 4 : 0);
        if (tunnel.Esp == EspMode.None)
        {
            return tunnel.Gre == GreHeader.None ? innerBytes : outerIp + gre + innerBytes;
        }

        // RFC 4303, figure 1, from the outside in.
        int total = outerIp;
        if (tunnel.NatTraversal)
        {
            total += 2 + 2 + 2 + 2; // RFC 3948: source port, destination port, length, checksum
        }

        total += 4 + 4; // SPI, sequence number
        total += tunnel.Cipher == EspCipher.AesCbc ? 16 : 8; // initialisation vector
        int encrypted = innerBytes + gre;
        if (tunnel.Esp == EspMode.Tunnel && gre > 0)
        {
            encrypted += outerIp; // the GRE delivery header
        }

        int boundary = tunnel.Cipher == EspCipher.AesCbc ? 16 : 4;
        int padding = 0;
        while ((encrypted + padding + 1 + 1) % boundary != 0)
        {
            padding++;
        }

        total += encrypted + padding + 1 + 1;
        total += tunnel.Cipher == EspCipher.AesGcm ? 128 / 8 : tunnel.Integrity switch
        {
            EspIntegrity.Sha1 => 96 / 8,
            EspIntegrity.Sha256 => 128 / 8,
            EspIntegrity.Sha384 => 192 / 8,
            EspIntegrity.Sha512 => 256 / 8,
            _ => throw new ArgumentException("integrity"),
        };
        return total;
    }

    private static int Ethernet(int packet, int vlanTags)
    {
        int preamble = 7, delimiter = 1, addresses = 6 + 6, type = 2, fcs = 4, gap = 12;
        int frame = addresses + (4 * vlanTags) + type + packet + fcs;
        while (frame < 64)
        {
            frame++;
        }

        return preamble + delimiter + frame + gap;
    }

    private static int Ptm(int bytes)
    {
        int onTheLine = 0;
        for (int sent = 0; sent < bytes; sent += 64)
        {
            onTheLine += 1 + Math.Min(64, bytes - sent);
        }

        return onTheLine;
    }

    private static int Atm(int bytes)
    {
        int cells = bytes / 48;
        return 53 * (bytes % 48 == 0 ? cells : cells + 1);
    }

    private static int AtLeast(int least, int bytes) => bytes < least ? least : bytes;
}
