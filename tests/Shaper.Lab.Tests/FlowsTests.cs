using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>The lists of <c>shaper flows</c> and <c>shaper explain</c> with real stacks on both sides of the real box.</summary>
public sealed class FlowsTests
{
    private const int DownloadBytes = 8_000_000;
    private const ushort UdpPort = 7_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_download_is_listed_as_steered_and_a_stream_of_UDP_as_not_steerable()
    {
        using SteeredLine line = new("10mbit");
        SteeredTalk talk = new(line);
        talk.Open("download", server => SteeredTalk.Send(server, DownloadBytes, 1), client => SteeredTalk.Receive(client, DownloadBytes, 1));
        using CancellationTokenSource stop = new();
        LabThread stream = LabThread.Start(line.Space.NameOf("server"), () => Stream(stop.Token));
        JsonElement answer = default;
        LabSpace.WaitUntil(
            () =>
            {
                answer = line.Shaper.Get("/v1/flows");
                return Find(answer, "steered") is not null && Find(answer, "not-steerable") is not null;
            },
            Patience, () => $"not listed so: {answer}");

        JsonElement tcp = Find(answer, "steered")!.Value;
        Assert.StartsWith(SteeredLine.Client + ":", tcp.GetProperty("local").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(SteeredLine.Server + ":", tcp.GetProperty("remote").GetString(), StringComparison.Ordinal);
        Assert.Equal(("tcp", "bulk"), (tcp.GetProperty("protocol").GetString(), tcp.GetProperty("class").GetString()));
        Assert.InRange(tcp.GetProperty("rttBaseMilliseconds").GetDouble(), 40, 80);
        Assert.InRange(tcp.GetProperty("windowGrantedBytes").GetInt64(), 1, tcp.GetProperty("windowOfferedBytes").GetInt64());
        Assert.InRange(tcp.GetProperty("shareBitsPerSecond").GetInt64(), 1_000_000, 10_000_000);
        JsonElement udp = Find(answer, "not-steerable")!.Value;
        Assert.Equal(
            ("udp", "udp", $"{SteeredLine.Client}:{UdpPort}"),
            (udp.GetProperty("protocol").GetString(), udp.GetProperty("reason").GetString(), udp.GetProperty("local").GetString()));

        (int code, string output, string error) = Command(line, "explain", $"{tcp.GetProperty("remote").GetString()}-{tcp.GetProperty("local").GetString()}");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("\"transfers\" (built in)", output, StringComparison.Ordinal);
        Assert.Contains("inside seen, outside seen; window scale", output, StringComparison.Ordinal);
        (code, output, _) = Command(line, "flows");
        Assert.Equal(0, code);
        Assert.Contains("no: UDP", output, StringComparison.Ordinal);
        (code, _, error) = Command(line, "explain", "10.78.0.99");
        Assert.Equal(1, code);
        Assert.Contains("no flow has the name '10.78.0.99'", error, StringComparison.Ordinal);

        stop.Cancel();
        stream.Join();
        Assert.Empty(talk.Finish());
    }

    private static (int Code, string Output, string Error) Command(SteeredLine line, params string[] words) =>
        line.Space.Try("box", Patience, LabShaper.Program, [.. words, "--socket", line.Shaper.SocketPath]);

    private static JsonElement? Find(JsonElement answer, string state) =>
        answer.GetProperty("flows").EnumerateArray().Where(flow => flow.GetProperty("state").GetString() == state && flow.GetProperty("bitsPerSecond").GetInt64() > 100_000)
            .Cast<JsonElement?>().FirstOrDefault();

    private static void Stream(CancellationToken stop)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        IPEndPoint to = new(IPAddress.Parse(SteeredLine.Client), UdpPort);
        byte[] payload = new byte[500];
        while (!stop.IsCancellationRequested)
        {
            socket.SendTo(payload, to);
            Thread.Sleep(5);
        }
    }
}
