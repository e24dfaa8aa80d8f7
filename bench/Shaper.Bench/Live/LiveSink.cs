using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Live;

/// <summary>
/// A child process behind the device: reads away TCP connections on a range of ports and counts, for each, what arrived within a window of time; beside it takes the
/// datagrams of <see cref="SparseSource"/> and keeps their one-way delays by the kernel's receive stamp.
/// </summary>
/// <remarks>Prints "ready", then, when the window is over, a line "tcp PORT BYTES" for each connection and one "udp LOST DELAY…" with all delays in us.</remarks>
internal static class LiveSink
{
    public const int SparsePort = 9_000;

    private const int StackBytes = 256 << 10;

    /// <param name="arguments">First port, ports, begin and end of the window on CLOCK_REALTIME, ns.</param>
    public static int Run(string[] arguments)
    {
        long[] numbers = [.. arguments.Select(static text => long.Parse(text, CultureInfo.InvariantCulture))];
        (long from, long to) = (numbers[2], numbers[3]);
        ConcurrentBag<(int Port, long Bytes)> counts = [];
        ConcurrentBag<Thread> readers = [];
        for (int i = 0; i < numbers[1]; i++)
        {
            int port = (int)numbers[0] + i;
            Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Any, port));
            listener.Listen(128);
            Begin(() => Accept(listener, port, from, to, counts, readers));
        }

        using Socket sparse = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sparse.SetRawSocketOption(StampedDatagrams.OptionLevel, StampedDatagrams.OptionName, [1, 0, 0, 0]);
        sparse.Bind(new IPEndPoint(IPAddress.Any, SparsePort));
        Console.WriteLine("ready");
        string delays = Sparse(sparse, from, to);
        foreach (Thread reader in readers)
        {
            reader.Join(TimeSpan.FromSeconds(1));
        }

        foreach ((int port, long bytes) in counts)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tcp {port} {bytes}"));
        }

        Console.WriteLine("udp " + delays);
        return 0;
    }

    private static Thread Begin(Action work)
    {
        Thread thread = new(() => work(), StackBytes) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Accept(
        Socket listener, int port, long from, long to, ConcurrentBag<(int Port, long Bytes)> counts, ConcurrentBag<Thread> readers)
    {
        while (true)
        {
            Socket connection = listener.Accept();
            readers.Add(Begin(() => counts.Add((port, CountWithin(connection, from, to)))));
        }
    }

    private static long CountWithin(Socket connection, long from, long to)
    {
        byte[] buffer = new byte[64 << 10];
        long bytes = 0;
        using (connection)
        {
            connection.ReceiveTimeout = 200;
            while (UnixClock.RealtimeNanoseconds < to)
            {
                int got = connection.Receive(buffer, SocketFlags.None, out SocketError error);
                if (got <= 0 && error is not (SocketError.TimedOut or SocketError.WouldBlock))
                {
                    break;
                }

                long now = UnixClock.RealtimeNanoseconds;
                bytes += got > 0 && now >= from && now < to ? got : 0;
            }
        }

        return bytes;
    }

    private static string Sparse(Socket socket, long from, long to)
    {
        byte[] buffer = new byte[2_048];
        List<string> delays = [];
        int first = -1;
        int last = -1;
        while (UnixClock.RealtimeNanoseconds < to)
        {
            if (!socket.Poll(50_000, SelectMode.SelectRead))
            {
                continue;
            }

            while (StampedDatagrams.TryReceive(socket.SafeHandle, buffer, out int length, out long at) && length >= SparseSource.HeaderBytes)
            {
                long sent = BitConverter.ToInt64(buffer);
                if (sent < from || sent >= to)
                {
                    continue;
                }

                int number = BitConverter.ToInt32(buffer, sizeof(long));
                first = first < 0 ? number : first;
                last = Math.Max(last, number);
                delays.Add(((at - sent) / 1_000).ToString(CultureInfo.InvariantCulture));
            }
        }

        int lost = first < 0 ? 0 : last - first + 1 - delays.Count;
        return string.Create(CultureInfo.InvariantCulture, $"{lost} {string.Join(' ', delays)}");
    }
}
