using System.Net.Sockets;
using Shaper.Engine.Interop;
using Shaper.Host.Commands;

namespace Shaper.Host.Control;

/// <summary>
/// The Unix socket of one shaper: taken when free or stale, refused when another answers on it, given to a group, removed at the end.
/// </summary>
/// <remarks>
/// Whether a socket file is stale only connecting tells, and between asking and binding another shaper could start; so a lock file beside the socket is
/// held from before the question to the end. The kernel drops the lock with the process.
/// Created with mode 0600 and widened to 0660 only once the group is set.
/// </remarks>
internal sealed class ControlSocket : IDisposable
{
    /// <summary>Where a shaper listens unless told otherwise.</summary>
    public const string DefaultPath = "/run/shaper/control.sock";

    private readonly FileLock? _lock;
    private readonly string? _createdDirectory;
    private Socket? _listener;
    private bool _mine;

    /// <exception cref="CommandFailedException">Somebody answers there, it is no socket, or the place cannot be written.</exception>
    public ControlSocket(string path, string? group)
    {
        Path = path;
        uint? groupId = group is null ? null : GroupId(group);
        _createdDirectory = EnsureDirectory(System.IO.Path.GetDirectoryName(path)!);
        try
        {
            _lock = Lock(path);
            ClearStale();
            Bind(groupId);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>The bound socket, once: whoever takes it listens on it and closes it.</summary>
    public Socket TakeListener()
    {
        Socket taken = _listener ?? throw new InvalidOperationException("The listener has been taken already.");
        _listener = null;
        return taken;
    }

    public void Dispose()
    {
        _listener?.Dispose();
        if (_mine)
        {
            File.Delete(Path);
        }

        _lock?.Dispose();
        if (_createdDirectory is not null && Directory.Exists(_createdDirectory) && !Directory.EnumerateFileSystemEntries(_createdDirectory).Any())
        {
            Directory.Delete(_createdDirectory);
        }
    }

    private static uint GroupId(string group) =>
        FileIdentity.TryGroupId(group, out uint id) ? id : throw CommandFailedException.Usage($"--socket-group '{group}': this machine has no such group");

    private static FileLock Lock(string path)
    {
        try
        {
            return FileLock.TryTake(path + ".lock") ?? throw InUse(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Impossible(path, e);
        }
    }

    private static string? EnsureDirectory(string directory)
    {
        if (Directory.Exists(directory))
        {
            return null;
        }

        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        try
        {
            Directory.CreateDirectory(directory, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot create {directory} for the control socket: {e.Message}; --socket PATH takes another place", cause: e);
        }

        return directory;
    }

    private static CommandFailedException Impossible(string path, Exception cause) =>
        new($"the control socket {path} cannot be made: {cause.Message}; --socket PATH takes another place", cause: cause);

    private static CommandFailedException InUse(string path) =>
        new($"the control socket {path} is in use by a running shaper; stop it (shaper stop --socket {path}) or give another --socket PATH");

    private void ClearStale()
    {
        if (Directory.Exists(Path))
        {
            throw CommandFailedException.Usage($"--socket {Path}: this is a directory; give {Forms.SocketPath}");
        }

        if (!FileIdentity.IsSocket(Path))
        {
            if (File.Exists(Path) || new FileInfo(Path).LinkTarget is not null)
            {
                throw new CommandFailedException($"the control socket {Path} cannot be made: a file that is no socket is there; remove it or give another --socket PATH");
            }

            return;
        }

        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(Path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(Path);
            return;
        }
        catch (SocketException e)
        {
            throw new CommandFailedException($"the control socket {Path} cannot be taken over: {e.Message}", cause: e);
        }

        throw InUse(Path);
    }

    private void Bind(uint? groupId)
    {
        _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _mine = true;

            // Nobody can connect before listen(2), so the moment between bind and these modes lets nobody in.
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (groupId is uint id)
            {
                FileIdentity.ChangeGroup(Path, id);
            }

            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw Impossible(Path, e);
        }
    }
}
