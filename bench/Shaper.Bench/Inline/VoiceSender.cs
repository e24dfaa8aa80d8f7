using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Inline;

/// <summary>
/// A child process that sends calls on one interface: G.711 in 20 ms packets (214 B on the wire without FCS), marked EF, each with the moment of its
/// sending by CLOCK_REALTIME in place of the samples. Several calls are spread over the 20 ms by chance, so that no packet keeps a fixed
/// distance to whatever else goes on.
/// </summary>
internal static class VoiceSender
{
    public const int FrameBytes = 214;

    /// <summary>Where the stamp lies: behind Ethernet, IP, UDP and RTP headers.</summary>
    public const int StampOffset = 14 + 20 + 8 + 12;

    /// <summary>UDP destination port, by which the recorder knows the calls.</summary>
    public const ushort Port = 16_384;

    private const byte ExpeditedForwarding = 46 << 2;

    /// <param name="arguments">Interface, packets per second, seconds.</param>
    public static int Run(string[] arguments)
    {
        double meanNs = 1e9 / double.Parse(arguments[1], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[2], CultureInfo.InvariantCulture);
        using InterfaceQuery query = new();
        if (!query.TryGet(arguments[0], out InterfaceFacts facts))
        {
            throw new ArgumentException($"no interface {arguments[0]}");
        }

        using PacketSender sender = new(facts.Index, capacity: 1, bypassQdisc: true, sendBufferBytes: 1 << 20);
        byte[] frame = Frame();
        PollSet sleep = new(1);
        sleep.Set(0, -1);
        TimerSlack.Minimise();
        Random chance = new(1);
        long start = Stopwatch.GetTimestamp();
        double dueNs = 0;
        long sent = 0;
        while (dueNs < seconds * 1e9)
        {
            double aheadNs = dueNs - Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            if (aheadNs > 0)
            {
                sleep.Wait((long)aheadNs);
            }

            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(StampOffset), UnixClock.RealtimeNanoseconds);
            sender.Clear();
            sender.Add(frame);
            sent += sender.Send(0, out _);
            dueNs += meanNs * (0.5 + chance.NextDouble());
        }

        Console.WriteLine(sent.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static byte[] Frame()
    {
        byte[] frame = GC.AllocateArray<byte>(FrameBytes, pinned: true);
        Convert.FromHexString("0200000000EE0200000000AA0800").CopyTo(frame, 0);
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        ip[1] = ExpeditedForwarding;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A01_00FE);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0A02_00FE);
        FrameMix.WriteChecksum(ip);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], Port);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], Port);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(ip.Length - 20));
        ip[28] = 0x80;
        return frame;
    }
}
