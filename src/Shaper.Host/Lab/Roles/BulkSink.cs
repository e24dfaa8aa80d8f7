using System.Net;
using System.Net.Sockets;

namespace Shaper.Host.Lab.Roles;

/// <summary>
/// Accepts connections on one port and reads them to their end. A thread a connection: they are few and live long. Datagrams to the port are taken and never
/// read, so that nobody answers that they are not wanted.
/// </summary>
internal static class BulkSink
{
    private const int BufferBytes = 128 << 10;
    private const int StackBytes = 256 << 10;

    /// <summary>Listens from now on, until the process ends.</summary>
    public static void Open(int port)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen(128);
        Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 };
        datagrams.Bind(new IPEndPoint(IPAddress.Any, port));
        new Thread(() => Accept(listener, datagrams), StackBytes) { IsBackground = true, Name = "accept" }.Start();
    }

    private static void Accept(Socket listener, Socket datagrams)
    {
        // Held as long as anybody listens.
        using Socket unread = datagrams;
        while (true)
        {
            Socket connection = listener.Accept();
            new Thread(() => ReadAway(connection), StackBytes) { IsBackground = true, Name = "sink" }.Start();
        }
    }

    private static void ReadAway(Socket connection)
    {
        using (connection)
        {
            byte[] buffer = new byte[BufferBytes];
            while (connection.Receive(buffer, SocketFlags.None, out SocketError error) > 0 && error == SocketError.Success)
            {
            }
        }
    }
}
