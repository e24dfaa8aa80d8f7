using System.Globalization;
using System.Net.Sockets;

namespace Shaper.Engine.Bridge;

/// <summary>
/// Holds a port against a second shaper on the same machine: a name that only one socket can have, in this network namespace only, and
/// that the kernel frees however the process ends.
/// </summary>
internal sealed class PortLock : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public PortLock(string port, int interfaceIndex)
    {
        InterfaceIndex = interfaceIndex;
        try
        {
            // A leading zero byte makes the name abstract: no file, one name space for each network namespace.
            _socket.Bind(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"\0shaper/port/{interfaceIndex}")));
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new BridgeException(
                BridgeFault.PortInUse,
                e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"another shaper already runs on {port}: stop it first"
                    : $"cannot reserve {port}: {e.Message}",
                e);
        }
    }

    public int InterfaceIndex { get; }

    public void Dispose() => _socket.Dispose();
}
