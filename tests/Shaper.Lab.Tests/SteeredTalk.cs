using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Shaper.Lab.Tests;

/// <summary>Connections across a <see cref="SteeredLine"/>, all at once, each with a thread at either end; what goes wrong is kept by name.</summary>
internal sealed class SteeredTalk(SteeredLine line)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<Thread> _threads = [];
    private ushort _port = 9_000;

    public int Opened { get; private set; }

    /// <summary>A port that meets loss and reordering.</summary>
    public bool IsBad { get; set; }

    /// <summary>Opens a connection from the client, whose data come from the server, and lets both sides talk.</summary>
    public void Open(string name, Action<Socket> server, Action<Socket> client, Action<Socket>? setListener = null, Action<Socket>? setClient = null, Func<Socket>? make = null, Action<Socket>? afterConnect = null) =>
        Open(name, "server", SteeredLine.Server, "client", server, client, setListener, setClient, make, afterConnect);

    /// <summary>The same, opened from the server's side: the site is what accepts.</summary>
    public void OpenFromOutside(string name, Action<Socket> server, Action<Socket> client, Action<Socket>? setListener = null) =>
        Open(name, "client", SteeredLine.Client, "server", client, server, setListener, null, null, null);

    /// <summary>Both ends open to each other in the same moment.</summary>
    public void OpenBoth(string name, Action<Socket> server, Action<Socket> client)
    {
        using Barrier together = new(2);
        Socket? here = null;
        Socket? there = null;
        LabThread one = LabThread.Start(line.Space.NameOf("client"), () => here = Meet(together, SteeredLine.Client, 7_001, SteeredLine.Server, 7_002));
        LabThread other = LabThread.Start(line.Space.NameOf("server"), () => there = Meet(together, SteeredLine.Server, 7_002, SteeredLine.Client, 7_001));
        one.Join();
        other.Join();
        Talk(name, here!, client);
        Talk(name, there!, server);
    }

    /// <summary>Waits for all of them; what went wrong.</summary>
    public IReadOnlyList<string> Finish()
    {
        foreach (Thread thread in _threads)
        {
            if (!thread.Join(Patience))
            {
                _faults.Enqueue($"{thread.Name}: not done after {Patience.TotalSeconds:0} s");
            }
        }

        return [.. _faults];
    }

    public static void Send(Socket socket, int bytes, int seed, int chunk = 16_384)
    {
        byte[] data = Data(bytes, seed);
        for (int at = 0; at < bytes; at += chunk)
        {
            for (int end = Math.Min(bytes, at + chunk), from = at; from < end;)
            {
                from += socket.Send(data.AsSpan(from, end - from));
            }
        }
    }

    /// <summary>Reads as many bytes and compares their hash with that of what was to be sent; may stop reading for a while half-way.</summary>
    public static void Receive(Socket socket, int bytes, int seed, TimeSpan pause = default)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[16_384];
        for (int got = 0; got < bytes;)
        {
            int read = socket.Receive(buffer.AsSpan(0, Math.Min(buffer.Length, bytes - got)));
            if (read == 0)
            {
                throw new InvalidOperationException($"closed after {got} of {bytes} bytes");
            }

            hash.AppendData(buffer, 0, read);
            bool half = got < bytes / 2 && got + read >= bytes / 2;
            got += read;
            if (half)
            {
                Thread.Sleep(pause);
            }
        }

        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(SHA256.HashData(Data(bytes, seed))))
        {
            throw new InvalidOperationException($"{bytes} bytes came, and not those that were sent");
        }
    }

    public static void ExpectEnd(Socket socket)
    {
        int read = socket.Receive(new byte[1]);
        if (read != 0)
        {
            throw new InvalidOperationException("more came than was sent");
        }
    }

    private static byte[] Data(int bytes, int seed)
    {
        byte[] data = new byte[bytes];
        new Random(seed).NextBytes(data);
        return data;
    }

    private static Socket Meet(Barrier together, string from, int fromPort, string to, int toPort)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), fromPort));
        together.SignalAndWait();
        socket.Connect(IPAddress.Parse(to), toPort);
        return socket;
    }

    private void Open(
        string name, string listening, string address, string opening, Action<Socket> accepted, Action<Socket> opened,
        Action<Socket>? setListener, Action<Socket>? setOpening, Func<Socket>? make, Action<Socket>? afterConnect)
    {
        ushort port = ++_port;
        port = IsBad ? (ushort)(port - 9_000 + SteeredLine.FirstBadPort) : port;
        make ??= () => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using Socket listener = LabThread.Run(line.Space.NameOf(listening), () =>
        {
            Socket socket = make();
            setListener?.Invoke(socket);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            socket.Listen();
            return socket;
        });
        Socket client = LabThread.Run(line.Space.NameOf(opening), () =>
        {
            Socket socket = make();
            setOpening?.Invoke(socket);
            socket.Connect(IPAddress.Parse(address), port);
            afterConnect?.Invoke(socket);
            return socket;
        });
        Talk(name + ", opening side", client, opened);
        Talk(name + ", accepting side", listener.Accept(), accepted);
    }

    private void Talk(string name, Socket socket, Action<Socket> body)
    {
        Opened++;
        Thread thread = new(() =>
        {
            try
            {
                using (socket)
                {
                    socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
                    body(socket);
                }
            }
#pragma warning disable CA1031 // told with the name of the connection
            catch (Exception fault)
#pragma warning restore CA1031
            {
                _faults.Enqueue($"{name}: {fault.Message}");
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        _threads.Add(thread);
    }
}
