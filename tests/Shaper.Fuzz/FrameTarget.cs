using Shaper.Engine.Buffers;
using Shaper.Engine.Classify;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Fuzz;

/// <summary>
/// Sends any bytes through all code that reads or edits frames, and checks what must hold for each: nothing throws, the frame is not written to, offsets
/// lie inside, a fault and the Malformed trait go together, views and editors accept exactly what the dissector calls whole.
/// </summary>
/// <remarks>Reading outside a frame would throw, because spans check their bounds. Keeps no state between calls, so that a finding repeats.</remarks>
public static class FrameTarget
{
    private static readonly FlowHash Hash = new(1);

    /// <summary>The built-in rules and one on each other field, so that every look-up runs.</summary>
    private static readonly RuleSet Rules = RuleSet.Compile(
    [
        new() { Name = "vlan", ClassId = 3, VlanIds = [100], IcmpTypes = [8] },
        new() { Name = "prefix", ClassId = 4, EitherAddress = [new(0x0A00_0000, 8, isIpv6: false), new((UInt128)0x2001_0DB8 << 96, 32, isIpv6: true)], SourcePorts = [new(1, 2)] },
        .. RuleSet.Default.Rules,
    ]);

    /// <exception cref="FuzzFindingException">A contract is broken; any other exception is a finding too.</exception>
    public static void Run(ReadOnlySpan<byte> bytes)
    {
        byte[] frame = bytes.ToArray();
        FrameMeta meta = default;
        HeaderFault fault = Dissector.Dissect(frame, ref meta);
        Require(bytes.SequenceEqual(frame), "the frame was written to");
        Require((fault != HeaderFault.None) == meta.Has(FrameTraits.Malformed), "fault and trait disagree");
        Require(meta.NetworkOffset <= frame.Length, "network offset outside");
        Require(meta.PayloadOffset + meta.PayloadBytes <= frame.Length, "payload outside");
        bool isIp = (meta.Traits & (FrameTraits.Ipv4 | FrameTraits.Ipv6)) != 0;
        Require(!isIp || meta.NetworkOffset + (meta.Has(FrameTraits.Ipv4) ? 20 : 40) <= frame.Length, "IP without a whole fixed header");
        Require(!meta.Has(FrameTraits.LaterFragment) || meta.TransportOffset == 0, "a later fragment has no transport header");
        Require(
            !meta.Has(FrameTraits.HasPorts) || (meta.TransportOffset > meta.NetworkOffset && meta.TransportOffset + 8 <= meta.PayloadOffset),
            "ports without a whole transport header");

        CheckTagged(frame, meta, fault);
        CheckViews(frame, meta);
        CheckClassifier(frame, meta);
        CheckEditors(frame, meta);
    }

    /// <summary>One tag more moves every offset by four and changes nothing else; plain frames, which are read on a path of their own, then take the general one.</summary>
    private static void CheckTagged(byte[] frame, FrameMeta meta, HeaderFault fault)
    {
        if (frame.Length is < 14 or > ushort.MaxValue - 4)
        {
            return;
        }

        byte[] tagged = [.. frame[..12], 0x81, 0x00, 0x20, 0x07, .. frame[12..]];
        FrameMeta expected = meta;
        expected.VlanId = 7;
        expected.Traits |= FrameTraits.Tagged;
        expected.NetworkOffset += (ushort)(meta.NetworkOffset > 0 ? 4 : 0);
        expected.TransportOffset += (ushort)(meta.TransportOffset > 0 ? 4 : 0);
        expected.PayloadOffset += (ushort)(meta.PayloadOffset > 0 ? 4 : 0);
        FrameMeta found = default;
        Require(Dissector.Dissect(tagged, ref found) == fault && found.Equals(expected), "behind a tag the same frame is read differently");
    }

    private static void CheckViews(byte[] frame, FrameMeta meta)
    {
        bool isWhole = (meta.Traits & (FrameTraits.HasPorts | FrameTraits.Fragment)) == FrameTraits.HasPorts;
        bool isTcp = TcpView.TryRead(frame, meta, out TcpView tcp);
        Require(isTcp == (isWhole && meta.Protocol == IpProtocols.Tcp), "TCP view and dissector disagree");
        if (isTcp)
        {
            TcpOptions options = TcpOptions.Read(tcp.OptionBytes);
            Require(options.WindowScale is >= 0 and <= TcpOptions.MaxWindowScale, "window scale out of range");
            Require(tcp.SourcePort == meta.SourcePort && tcp.DestinationPort == meta.DestinationPort && tcp.Flags == meta.TcpFlags, "TCP fields differ");
            Require(tcp.Payload.Length == meta.PayloadBytes, "TCP payload differs");
        }

        bool isUdp = UdpView.TryRead(frame, meta, out UdpView udp);
        Require(isUdp == (isWhole && meta.Protocol == IpProtocols.Udp), "UDP view and dissector disagree");
        Require(!isUdp || udp.Payload.Length == meta.PayloadBytes, "UDP payload differs");

        // The views stand alone too: they must hold for a packet at any place.
        for (int at = 0; at < Math.Min(frame.Length, 64); at++)
        {
            ReadOnlySpan<byte> packet = frame.AsSpan(at);
            if (Ipv4View.TryRead(packet, out Ipv4View v4))
            {
                Require(v4.Header.Length + v4.Payload.Length == v4.TotalBytes && v4.FragmentOffsetBytes < 65_536, "IPv4 view");
            }

            if (Ipv6View.TryRead(packet, out Ipv6View v6))
            {
                Require(v6.HeaderBytes + v6.Payload.Length == v6.TotalBytes && v6.FragmentOffsetBytes < 65_536, "IPv6 view");
                Require(v6.HasFragmentHeader || (v6.Identification == 0 && !v6.MoreFragments), "IPv6 fragment fields");
            }
        }
    }

    private static void CheckClassifier(byte[] frame, FrameMeta dissected)
    {
        FlowKey key = FlowKey.Of(frame, dissected, out _);
        FragmentTable fragments = new(Hash, 4);
        FrameMeta meta = dissected;
        if (meta.Has(FrameTraits.Fragment))
        {
            fragments.Visit(frame, ref meta, Instant.Zero);
            fragments.Visit(frame, ref meta, Instant.Zero);
            Require(meta.Has(FrameTraits.LaterFragment) || meta.Equals(dissected), "a first fragment was changed");
        }

        foreach (Direction direction in (ReadOnlySpan<Direction>)[Direction.Inbound, Direction.Outbound])
        {
            int rule = Rules.Match(frame, dissected, direction);
            Require(rule >= -1 && rule < Rules.Rules.Count, "no such rule");
        }

        Require(Hash.Of(key) == Hash.Of(key), "hash");
    }

    private static void CheckEditors(byte[] frame, FrameMeta meta)
    {
        byte[] edited = [.. frame];
        bool isTcp = TcpView.TryRead(frame, meta, out _);
        Require(HeaderEditor.TrySetTcpWindow(edited, meta, 4_711) == isTcp, "window editor and view disagree");
        Require(isTcp || edited.AsSpan().SequenceEqual(frame), "a refused edit wrote");
        byte[] before = [.. edited];
        Require(HeaderEditor.TryClampMss(edited, meta, 500) || edited.AsSpan().SequenceEqual(before), "a refused clamp wrote");
        before = [.. edited];
        FrameMeta marked = meta;
        Require(HeaderEditor.TryMarkCe(edited, ref marked) || edited.AsSpan().SequenceEqual(before), "a refused mark wrote");

        // Edits change no offset and no trait: a second look sees the same frame.
        FrameMeta again = default;
        Dissector.Dissect(edited, ref again);
        Require(again.Equals(marked), "an edit changed how the frame is read");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzFindingException(what);
        }
    }
}
