using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>
/// What the operator is told when a call arrives damaged, with real frames through the real box: the port stated to the box is narrower than the wire, and what a
/// provider's full queue does to a call, packets that never come, is done by the sender.
/// </summary>
public sealed class UpstreamTests
{
    private const string Flooder = "10.78.0.66";
    private const ushort CallPort = 16_002;
    private const ushort FloodPort = 7_000;
    private const int DownloadBytes = 6_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_flood_that_damages_a_call_is_named_with_what_to_ask_for()
    {
        using SteeredLine line = new("10mbit");
        line.Space.AddAddress("server", "eth0", Flooder + "/24");
        using CancellationTokenSource stop = new();
        LabThread call = LabThread.Start(line.Space.NameOf("server"), () => Call(losesEveryTenth: true, stop.Token));
        LabThread flood = LabThread.Start(line.Space.NameOf("server"), () => Flood(stop.Token));
        JsonElement upstream = default;
        LabSpace.WaitUntil(
            () =>
            {
                upstream = line.Shaper.Status().GetProperty("upstream");
                return upstream.GetProperty("state").GetString() == "notcontrollable";
            },
            Patience, () => $"not said: {upstream}");
        Assert.Equal(Flooder, upstream.GetProperty("source").GetString());

        string screen = Words(line, "status");
        Assert.Contains("not controllable from this side", screen, StringComparison.Ordinal);
        Assert.Contains($"deny udp from {Flooder} to this site", screen, StringComparison.Ordinal);
        Assert.Contains("policy at the sending site", screen, StringComparison.Ordinal);
        string explained = Words(line, "explain", $"{Flooder}:{FloodPort}");
        Assert.Contains("not steerable: UDP", explained, StringComparison.Ordinal);
        Assert.Contains(Flooder, explained, StringComparison.Ordinal);

        stop.Cancel();
        call.Join();
        flood.Join();
    }

    [Fact]
    public void A_call_beside_steered_downloads_raises_nothing()
    {
        using SteeredLine line = new("10mbit");
        using CancellationTokenSource stop = new();
        LabThread call = LabThread.Start(line.Space.NameOf("server"), () => Call(losesEveryTenth: false, stop.Token));
        SteeredTalk talk = new(line);
        talk.Open("download", server => SteeredTalk.Send(server, DownloadBytes, 1), client => SteeredTalk.Receive(client, DownloadBytes, 1));
        List<string> states = [];
        Stopwatch watch = Stopwatch.StartNew();
        bool carried = false;
        while (watch.Elapsed < TimeSpan.FromSeconds(6))
        {
            JsonElement upstream = line.Shaper.Status().GetProperty("upstream");
            states.Add(upstream.GetProperty("state").GetString()!);
            carried |= upstream.GetProperty("callStreams").GetInt32() == 1 && upstream.GetProperty("arrivingBitsPerSecond").GetInt64() > 5_000_000;
            Assert.DoesNotContain("not controllable", upstream.GetProperty("advice").GetString() ?? "", StringComparison.Ordinal);
            Thread.Sleep(250);
        }

        Assert.True(carried, "there never was a call beside a download: " + string.Join(' ', states));
        Assert.DoesNotContain("notcontrollable", states);
        stop.Cancel();
        call.Join();
        Assert.Empty(talk.Finish());
    }

    /// <summary>What <c>shaper</c> prints, as one line.</summary>
    private static string Words(SteeredLine line, params string[] words)
    {
        (int code, string output, string error) = line.Space.Try("box", Patience, LabShaper.Program, [.. words, "--socket", line.Shaper.SocketPath]);
        Assert.Equal((0, ""), (code, error));
        return string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>RTP of a G.711 call from the server.</summary>
    private static void Call(bool losesEveryTenth, CancellationToken stop)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(SteeredLine.Server), CallPort));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, 46 << 2);
        IPEndPoint to = new(IPAddress.Parse(SteeredLine.Client), CallPort);
        byte[] packet = new byte[172];
        packet[0] = 0x80;
        Stopwatch watch = Stopwatch.StartNew();
        for (int number = 0; !stop.IsCancellationRequested; number++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)number);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(number * 160));
            if (!losesEveryTenth || number % 10 != 9)
            {
                socket.SendTo(packet, to);
            }

            SleepUntil(watch, TimeSpan.FromMilliseconds(20 * (number + 1)));
        }
    }

    /// <summary>Some 14 Mbit/s from another address.</summary>
    private static void Flood(CancellationToken stop)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(Flooder), FloodPort));
        IPEndPoint to = new(IPAddress.Parse(SteeredLine.Client), FloodPort);
        byte[] payload = new byte[1_200];
        Stopwatch watch = Stopwatch.StartNew();
        for (int number = 0; !stop.IsCancellationRequested; number++)
        {
            socket.SendTo(payload, to);
            SleepUntil(watch, TimeSpan.FromMilliseconds(0.7 * (number + 1)));
        }
    }

    private static void SleepUntil(Stopwatch watch, TimeSpan due)
    {
        TimeSpan left = due - watch.Elapsed;
        if (left > TimeSpan.FromMilliseconds(1))
        {
            Thread.Sleep(left);
        }
    }
}
