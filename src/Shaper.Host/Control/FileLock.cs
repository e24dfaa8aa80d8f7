namespace Shaper.Host.Control;

/// <summary>A lock between processes: whoever has the file open has it. The kernel drops it with the process; the file goes at the end.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _held;

    private FileLock(FileStream held) => _held = held;

    /// <summary>The lock, or null when another process has it.</summary>
    /// <exception cref="IOException">The file cannot be made there.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made there.</exception>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new(new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }));
        }
        catch (IOException e) when (e.HResult == EWouldBlock)
        {
            return null;
        }
    }

    public void Dispose()
    {
        // Removed while still held: nobody can be left waiting on it, because nobody waits.
        File.Delete(_held.Name);
        _held.Dispose();
    }

    /// <summary>What .NET reports when flock(2) answers EWOULDBLOCK.</summary>
    private const int EWouldBlock = 11;
}
