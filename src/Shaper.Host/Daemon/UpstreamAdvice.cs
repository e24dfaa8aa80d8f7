using System.Globalization;
using System.Net;
using Shaper.Engine.Capacity;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;
using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>Says in the operator's words what the watch upstream of the box has found, and what to ask of whom. Claims nothing that it did not see.</summary>
internal static class UpstreamAdvice
{
    private const int Ipv4Bytes = 4;

    /// <param name="report">The last second.</param>
    /// <param name="link">The inbound link's own rate.</param>
    public static UpstreamStatus Of(UpstreamReport report, BitRate link)
    {
        bool isQueueKnown = report.Queue.Evidence != QueueEvidence.None;
        string? source = report.Culprit.Bytes == 0 ? null : AddressOf(report.Culprit).ToString();
        return new()
        {
            State = report.State.ToString().ToLower(CultureInfo.InvariantCulture),
            ArrivingBitsPerSecond = report.Arriving.BitsPerSecond,
            ArrivingPercent = link.BitsPerSecond == 0 ? 0 : Math.Round(100.0 * report.Arriving.BitsPerSecond / link.BitsPerSecond, 1),
            UnsteerableBitsPerSecond = report.Unsteerable.BitsPerSecond,
            CallStreams = report.Calls.Streams,
            CallLostPercent = Math.Round(report.Calls.LossPercent, 2),
            CallLatestMilliseconds = Math.Round(report.Calls.Excess.TotalMilliseconds, 2),
            QueueMilliseconds = isQueueKnown ? Math.Round(report.Queue.Delay.TotalMilliseconds, 2) : null,
            QueueBytes = isQueueKnown ? link.BytesIn(report.Queue.Delay) : null,
            QueueEvidence = report.Queue.Evidence.ToString().ToLower(CultureInfo.InvariantCulture),
            Source = source,
            Advice = AdviceOf(report, source, link),
        };
    }

    private static string? AdviceOf(in UpstreamReport report, string? source, BitRate link) => report.State switch
    {
        UpstreamState.NotControllable =>
            $"calls arrive damaged by traffic that does not listen, most of it from {source ?? "no single host"}: not controllable from this side. Ask for a filter at the provider "
            + $"(deny {ProtocolOf(report.Culprit)} from {source ?? "its sources"} to this site), or for a policy at the sending site that shapes what it sends here below {link}",
        UpstreamState.Congested => "calls arrive damaged while TCP fills the link: its senders are being slowed down, unless the shaper runs with --steer off; where it lasts, lower the rate with shaper set down",
        UpstreamState.Elsewhere => "calls arrive damaged though this link is not full: the cause lies further away than our port",
        _ => null,
    };

    private static string ProtocolOf(in SourceRate source) => source.OtherProtocol switch
    {
        IpProtocols.Udp => "udp",
        IpProtocols.Esp => "esp",
        IpProtocols.Gre => "gre",
        IpProtocols.Icmp or IpProtocols.Icmpv6 => "icmp",
        byte other => string.Create(CultureInfo.InvariantCulture, $"ip protocol {other}"),
    };

    private static IPAddress AddressOf(in SourceRate source)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, source.Address);
        return new(source.IsIpv6 ? bytes : bytes[^Ipv4Bytes..]);
    }
}
