using System.Globalization;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.TcpRate;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Host.Daemon;

/// <summary>Why a flow is not steered, and what limits one that is, in the operator's words and with the evidence.</summary>
internal static class SteerWords
{
    private const ushort QuicPort = 443;

    /// <summary>One word for programs, and a few for people. Null where the flow is steerable.</summary>
    public static (string Reason, string Why)? Of(FlowSnapshot flow) =>
        flow.Reason == SteerReason.Steered ? null : Of(flow.Reason) ?? OfOther(flow);

    /// <summary>The same of a reason alone; null where there is none, or where only the flow tells it.</summary>
    public static (string Reason, string Why)? Of(SteerReason reason) => reason switch
    {
        SteerReason.SteeringOff => ("steering-off", "steering off"),
        SteerReason.SynNotSeen => ("syn-not-seen", "SYN not seen"),
        SteerReason.OneDirection => ("one-direction", "one direction seen"),
        SteerReason.SynsContradict => ("syns-contradict", "SYNs contradict"),
        SteerReason.TableFull => ("table-full", "table full"),
        SteerReason.FramesUnseen => ("frames-unseen", "frames unseen"),
        SteerReason.Opening => ("opening", "opening"),
        SteerReason.Closed => ("closed", "closed"),
        SteerReason.Unreadable => ("unreadable", "fragments"),
        _ => null,
    };

    /// <summary>Who keeps it from being faster; null where nobody does.</summary>
    public static string? LimitedBy(FlowSnapshot flow) => flow.State switch
    {
        SteeringState.Steered => IsReceivers(flow) ? "receiver" : "shaper",
        SteeringState.SenderLimited or SteeringState.Idle => "sender",
        _ => null,
    };

    /// <summary>One sentence on what limits it now.</summary>
    public static string Sentence(FlowSnapshot flow)
    {
        if (flow.State == SteeringState.Idle)
        {
            return $"the sender: no data comes in (last frame, either way, {Time(flow.Silent)} ago)";
        }

        if (flow.State == SteeringState.SenderLimited)
        {
            return $"the sender: it sends {flow.Rate} of the {flow.Connection?.Share} that it may use, and does not fill its window";
        }

        if (flow.State == SteeringState.Steered)
        {
            return IsReceivers(flow)
                ? $"the receiver: all of the {Bytes(flow.Connection?.OfferedBytes)} that it offers is granted, and the sender fills that"
                : $"the shaper: of the {Bytes(flow.Connection?.OfferedBytes)} that the inside offers {Bytes(flow.Connection?.GrantedBytes)} are granted, and the sender fills that";
        }

        return "its class alone; it is not steered: " + flow.Reason switch
        {
            SteerReason.SteeringOff => "the shaper was started with --steer off",
            SteerReason.SynNotSeen => "its SYN did not pass here, so its window scale is not known: it began before the shaper, or while the kernel carried the traffic, or goes another way",
            SteerReason.OneDirection => $"only the SYN of the {(flow.Connection is { InsideSyn: true } ? "inside" : "outside")} was seen, then data: the other direction goes another way, or its SYN passed before",
            SteerReason.SynsContradict => "a SYN came again with another number or window scale, or another one was answered than passed here, or its ports were used again unseen, so only the two ends can read its windows",
            SteerReason.TableFull => "the connection table was full when it opened",
            SteerReason.FramesUnseen => "the kernel carried frames of it, in bypass or a stall; its next acknowledgement begins again",
            SteerReason.Opening => "its handshake is not over",
            SteerReason.Closed => "it is closed, and forgotten soon",
            SteerReason.Unreadable => "it comes in fragments, or with headers that cannot be read",
            _ => $"it is not TCP ({OfOther(flow).Why}), so it has no window that could be lowered",
        };
    }

    private static bool IsReceivers(FlowSnapshot flow) => flow.Connection is { } c && c.GrantedBytes >= c.OfferedBytes;

    private static (string Reason, string Why) OfOther(FlowSnapshot flow)
    {
        FlowKey key = flow.Key;
        if (!key.IsIpv4 && !key.IsIpv6)
        {
            return ("not-ip", "not IP");
        }

        return key.Protocol switch
        {
            IpProtocols.Udp when flow.HasQuicHeader => ("quic", "QUIC, long header"),
            IpProtocols.Udp when TunnelAt(key) is { } tunnel => ("tunnel", tunnel),
            IpProtocols.Udp when Has(key, QuicPort) => ("quic", "QUIC, UDP 443"),
            IpProtocols.Udp => ("udp", "UDP"),
            IpProtocols.Esp => ("esp", "ESP"),
            IpProtocols.Gre => ("gre", "GRE"),
            IpProtocols.Ah => ("tunnel", "AH"),
            IpProtocols.Ipv4 => ("tunnel", "IP in IP"),
            IpProtocols.Ipv6 => ("tunnel", "IPv6 in IP"),
            IpProtocols.EtherIp => ("tunnel", "EtherIP"),
            IpProtocols.L2tp => ("tunnel", "L2TPv3"),
            IpProtocols.Icmp or IpProtocols.Icmpv6 => ("icmp", "ICMP"),
            byte other => ("other-protocol", "protocol " + Policy.HeaderNames.Protocol(other)),
        };
    }

    /// <summary>By the port that the makers of a tunnel registered.</summary>
    private static string? TunnelAt(in FlowKey key)
    {
        foreach ((ushort port, string name) in (ReadOnlySpan<(ushort, string)>)
            [(4500, "ESP in UDP 4500"), (1701, "L2TP, UDP 1701"), (1194, "OpenVPN, UDP 1194"), (51820, "WireGuard, UDP 51820"), (4789, "VXLAN, UDP 4789"), (2152, "GTP-U, UDP 2152")])
        {
            if (Has(key, port))
            {
                return name;
            }
        }

        return null;
    }

    private static bool Has(in FlowKey key, ushort port) => key.FirstPort == port || key.SecondPort == port;

    private static string Bytes(long? bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes ?? 0:N0} B");

    private static string Time(Duration time) => time.TotalSeconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
