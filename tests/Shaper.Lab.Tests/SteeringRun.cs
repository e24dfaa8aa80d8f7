using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Shaper.NetSim.Checking;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>
/// Real kernel stacks through a box that steers them. Every transfer completes with the bytes that were sent, and a checker that sees both sides of the
/// box finds no rule broken in any packet.
/// </summary>
internal sealed class SteeringRun : IDisposable
{
    private const int Bytes = 200_000;

    /// <summary>Scales that are lower than what net.core.rmem_max of a usual machine comes to.</summary>
    private const int ClampedScales = 9;

    private readonly SteeredLine _line = new("20mbit");
    private readonly SteeredTalk _talk;
    private int _seed;

    public SteeringRun() => _talk = new(_line);

    public void Dispose() => _line.Dispose();

    /// <summary>Runs every case once and judges every packet.</summary>
    /// <returns>How often this machine kept the box from running; packets are judged only where that is 0.</returns>
    public long Run()
    {
        // The longest first: it waits ten seconds.
        Download("a receiver that stops reading for 10 s", 500_000, pause: TimeSpan.FromSeconds(10), client: socket => socket.ReceiveBufferSize = 40_000);
        Download("a window that closes for a second", 300_000, pause: TimeSpan.FromSeconds(1), client: socket => socket.ReceiveBufferSize = 10_000);
        OpenEveryScale();
        _line.Set("client", "net.ipv4.tcp_window_scaling=0");
        Download("no window scaling", Bytes);
        _line.Set("client", "net.ipv4.tcp_window_scaling=1");
        OpenOptions();
        OpenFastOpen();
        OpenMptcp();
        OpenShapes();
        OpenOnABadPath();
        IReadOnlyList<string> faults = _talk.Finish();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        SteeringChecker checker = _line.Judge();
        Report(checker);
        if (_line.Stalls > 0)
        {
            // What the kernel carried meanwhile overtakes what the box holds; nothing can be said of order and edges then.
            return _line.Stalls;
        }

        Assert.True(faults.Count + checker.Faults.Count == 0, string.Join('\n', [.. faults, .. checker.Faults]));
        AssertItHappened(checker);
        return 0;
    }

    /// <summary>A server sends, a client compares, then the end of the stream both ways.</summary>
    private void Download(string name, int bytes, TimeSpan pause = default, Action<Socket>? client = null, Action<Socket>? listener = null)
    {
        int seed = ++_seed;
        _talk.Open(
            name,
            socket =>
            {
                SteeredTalk.Send(socket, bytes, seed);
                socket.Shutdown(SocketShutdown.Send);
                SteeredTalk.ExpectEnd(socket);
            },
            socket =>
            {
                SteeredTalk.Receive(socket, bytes, seed, pause);
                SteeredTalk.ExpectEnd(socket);
                socket.Shutdown(SocketShutdown.Send);
            },
            listener,
            client);
    }

    private void OpenEveryScale()
    {
        for (int scale = 0; scale <= 14; scale++)
        {
            // The kernel derives the shift from the largest buffer it may ever use, at least net.core.rmem_max; lower ones come from a clamp of the socket.
            long most = 65_535L << scale;
            _line.Set("client", $"net.ipv4.tcp_rmem=4096 131072 {Math.Min(most, int.MaxValue)}");
            int clamp = scale < ClampedScales ? (int)most : 0;
            Download($"window scale {scale}", Bytes, client: clamp == 0 ? null : socket => socket.Set(RawSocket.WindowClamp, clamp));
        }

        _line.Set("client", "net.ipv4.tcp_rmem=4096 131072 6291456");
    }

    private void OpenOptions()
    {
        foreach (int stamps in (ReadOnlySpan<int>)[0, 1])
        {
            foreach (int sack in (ReadOnlySpan<int>)[0, 1])
            {
                _line.Set("client", $"net.ipv4.tcp_timestamps={stamps}", $"net.ipv4.tcp_sack={sack}");
                Download($"timestamps {stamps}, SACK {sack}", Bytes);
                _talk.IsBad = true;
                Download($"timestamps {stamps}, SACK {sack}, with loss", Bytes);
                _talk.IsBad = false;
            }
        }

        _line.Set("client", "net.ipv4.tcp_ecn=1");
        _line.Set("server", "net.ipv4.tcp_ecn=1");
        Download("ECN", Bytes);
        _line.Set("client", "net.ipv4.tcp_ecn=2");
    }

    private void OpenFastOpen()
    {
        _line.Set("client", "net.ipv4.tcp_fastopen=3");
        _line.Set("server", "net.ipv4.tcp_fastopen=3");
        for (int time = 1; time <= 2; time++)
        {
            // The first asks for a cookie, the second uses it: its request rides on the SYN.
            int seed = ++_seed;
            _talk.Open(
                $"Fast Open, connection {time}",
                socket =>
                {
                    SteeredTalk.Receive(socket, 100, seed);
                    SteeredTalk.Send(socket, Bytes, seed);
                },
                socket =>
                {
                    SteeredTalk.Receive(socket, Bytes, seed);
                },
                listener => listener.Set(RawSocket.FastOpen, 16),
                client => client.Set(RawSocket.FastOpenConnect, 1),
                afterConnect: socket => SteeredTalk.Send(socket, 100, seed));
        }
    }

    private void OpenMptcp()
    {
        using Socket? probe = RawSocket.OpenMptcp();
        if (probe is null)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not tried: this kernel has no MPTCP");
            return;
        }

        int seed = ++_seed;
        _talk.Open(
            "MPTCP",
            socket => SteeredTalk.Send(socket, Bytes, seed),
            socket => SteeredTalk.Receive(socket, Bytes, seed),
            make: () => RawSocket.OpenMptcp()!);
    }

    private void OpenShapes()
    {
        int seed = ++_seed;
        _talk.Open(
            "both ways at once",
            socket => Exchange(socket, seed, seed + 1),
            socket => Exchange(socket, seed + 1, seed));
        _talk.OpenFromOutside(
            "opened from outside",
            socket => SteeredTalk.Send(socket, Bytes, seed),
            socket => SteeredTalk.Receive(socket, Bytes, seed));
        _talk.Open(
            "half closed by the client, then the data",
            socket =>
            {
                SteeredTalk.ExpectEnd(socket);
                SteeredTalk.Send(socket, Bytes, seed);
            },
            socket =>
            {
                socket.Shutdown(SocketShutdown.Send);
                SteeredTalk.Receive(socket, Bytes, seed);
                SteeredTalk.ExpectEnd(socket);
            });
        _talk.Open(
            "half closed by the server, then the client's data",
            socket =>
            {
                socket.Shutdown(SocketShutdown.Send);
                SteeredTalk.Receive(socket, Bytes, seed);
            },
            socket =>
            {
                SteeredTalk.ExpectEnd(socket);
                SteeredTalk.Send(socket, Bytes, seed);
            });
        _talk.Open("reset by the client", ExpectReset, socket =>
        {
            SteeredTalk.Receive(socket, 50_000, 1);
            socket.LingerState = new(true, 0);
        });
        _talk.Open(
            "silent for 4 s but for keep-alives",
            socket =>
            {
                KeepAlive(socket);
                Thread.Sleep(4_000);
                SteeredTalk.Send(socket, Bytes, seed);
            },
            socket =>
            {
                KeepAlive(socket);
                SteeredTalk.Receive(socket, Bytes, seed);
            });
        _talk.OpenBoth(
            "opened from both sides at once",
            socket => SteeredTalk.Send(socket, Bytes, seed),
            socket => SteeredTalk.Receive(socket, Bytes, seed));
        _talk.Open(
            "one byte at a time, both ways",
            socket => Drip(socket, seed, seed + 1),
            socket => Drip(socket, seed + 1, seed));
    }

    private void OpenOnABadPath()
    {
        _talk.IsBad = true;
        Download("loss and reordering", 400_000);
        Download("loss and reordering, small buffer", Bytes, client: socket => socket.ReceiveBufferSize = 20_000);
        int seed = ++_seed;
        _talk.Open("loss and reordering, both ways", socket => Exchange(socket, seed, seed + 1), socket => Exchange(socket, seed + 1, seed));
        _talk.IsBad = false;
    }

    private static void Exchange(Socket socket, int seedOut, int seedIn)
    {
        Task sending = Task.Run(() => SteeredTalk.Send(socket, Bytes, seedOut));
        SteeredTalk.Receive(socket, Bytes, seedIn);
        sending.GetAwaiter().GetResult();
        socket.Shutdown(SocketShutdown.Send);
        SteeredTalk.ExpectEnd(socket);
    }

    private static void Drip(Socket socket, int seedOut, int seedIn)
    {
        socket.NoDelay = true;
        Task sending = Task.Run(() => SteeredTalk.Send(socket, 3_000, seedOut, chunk: 1));
        SteeredTalk.Receive(socket, 3_000, seedIn);
        sending.GetAwaiter().GetResult();
    }

    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
    }

    private static void ExpectReset(Socket socket)
    {
        Stopwatch watch = Stopwatch.StartNew();
        SocketException fault = Assert.Throws<SocketException>(() => SteeredTalk.Send(socket, 5_000_000, 1));
        if (watch.Elapsed > TimeSpan.FromSeconds(10))
        {
            throw new InvalidOperationException($"ended by {fault.SocketErrorCode} only after {watch.Elapsed.TotalSeconds:0.0} s", fault);
        }
    }

    private void Report(SteeringChecker checker) => TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{checker.Departures} frames, {checker.Connections} connections, {checker.WindowsLowered} windows lowered outward and {checker.InboundWindowsLowered} inward, path lost {_line.Path.LostFrames} and delayed {_line.Path.LateFrames}"));

    /// <summary>What the test is about did take place, or it would say nothing.</summary>
    private void AssertItHappened(SteeringChecker checker)
    {
        Assert.True(checker.WindowsLowered > 500);
        Assert.True(checker.InboundWindowsLowered > 100);
        Assert.True(_line.Path.LostFrames > 10);
        Assert.True(_line.Path.LateFrames > 20);
        IEnumerable<SeenSegment> fromSite = _line.Syns.Where(syn => !syn.Is(SeenSegment.Ack) && syn.Path.DestinationPort > 8_000);
        Assert.Equal(Enumerable.Range(0, 15), fromSite.Select(syn => syn.Scale).OfType<int>().Distinct().Order());
        Assert.Contains(fromSite, syn => syn.Scale is null);
        Assert.Contains(fromSite, syn => syn.Stamps is null);
        Assert.Contains(fromSite, syn => syn.Is(SeenSegment.EcnEcho | SeenSegment.WindowReduced));
        Assert.Contains(fromSite, syn => syn.PayloadBytes > 0);
        Assert.Contains(_line.Syns, syn => syn.Path.SourcePort == 7_001 && !syn.Is(SeenSegment.Ack));
        Assert.Contains(_line.Syns, syn => syn.Path.SourcePort == 7_002 && !syn.Is(SeenSegment.Ack));
    }
}
