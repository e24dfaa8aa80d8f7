using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>bpf(2): makes maps, loads classifier programs, links them to an interface. Everything dies with its descriptor.</summary>
/// <remarks>Needs CAP_BPF and CAP_NET_ADMIN. The field offsets are those of union bpf_attr in the kernel's uapi, which never move.</remarks>
public static unsafe partial class Bpf
{
    private const int MapCreate = 0;
    private const int ProgramLoad = 5;
    private const int LinkCreate = 28;

    private const uint MapTypeArray = 2;
    private const uint MapFlagMmapable = 1u << 10;
    private const uint ProgramTypeSchedCls = 3;

    /// <summary>Verifier's words for a refused program; 16 KiB hold any of ours.</summary>
    private const int LogBytes = 16 * 1024;

    /// <summary>No helper that asks for the GPL is called, so the programs carry the neutral licence string.</summary>
    private static ReadOnlySpan<byte> License => "Dual MIT/GPL\0"u8;

    /// <summary>Nanoseconds of CLOCK_TAI (helper number, Linux 6.1).</summary>
    public const int HelperKtimeGetTaiNs = 208;

    /// <summary>Copies bytes of the frame, wherever in it they lie, to the program's stack; 0 when the frame has so many (helper number, Linux 4.5).</summary>
    public const int HelperSkbLoadBytes = 26;

    /// <summary>One zeroed array element of <paramref name="valueBytes"/> that both programs and this process can read and write.</summary>
    internal static FileDescriptor CreateMmapableArray(int valueBytes, string name)
    {
        MapAttributes attributes = default;
        attributes.MapType = MapTypeArray;
        attributes.KeySize = sizeof(uint);
        attributes.ValueSize = (uint)valueBytes;
        attributes.MaxEntries = 1;
        attributes.MapFlags = MapFlagMmapable;
        CopyName(name, attributes.Name);
        return Call(MapCreate, &attributes, sizeof(MapAttributes), "bpf(MAP_CREATE)");
    }

    /// <summary>Loads a traffic-control classifier. A program that the verifier refuses is a bug here: its log is in the exception.</summary>
    public static FileDescriptor LoadClassifier(ReadOnlySpan<ulong> program, string name)
    {
        byte[] log = new byte[LogBytes];
        fixed (ulong* instructions = program)
        fixed (byte* license = License)
        fixed (byte* logBuffer = log)
        {
            ProgramAttributes attributes = default;
            attributes.ProgramType = ProgramTypeSchedCls;
            attributes.InstructionCount = (uint)program.Length;
            attributes.Instructions = (ulong)instructions;
            attributes.License = (ulong)license;
            CopyName(name, attributes.Name);
            int descriptor = SystemCall(Number, ProgramLoad, &attributes, (uint)sizeof(ProgramAttributes));
            if (descriptor >= 0)
            {
                return new(descriptor);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno is Errno.EINVAL or Errno.EACCES)
            {
                // A second try with the verifier's log on: it costs too much to have it on always.
                attributes.LogLevel = 1;
                attributes.LogSize = LogBytes;
                attributes.LogBuffer = (ulong)logBuffer;
                descriptor = SystemCall(Number, ProgramLoad, &attributes, (uint)sizeof(ProgramAttributes));
                if (descriptor >= 0)
                {
                    return new(descriptor);
                }

                string words = Marshal.PtrToStringUTF8((nint)logBuffer) ?? "";
                throw new LinuxException($"bpf(PROG_LOAD {name}) {words.Trim()}", errno);
            }

            throw new LinuxException($"bpf(PROG_LOAD {name})", errno);
        }
    }

    /// <summary>Attaches a program to an interface of this network namespace for as long as the returned link is open.</summary>
    public static FileDescriptor Link(FileDescriptor program, int interfaceIndex, BpfAttachPoint point)
    {
        ArgumentNullException.ThrowIfNull(program);
        LinkAttributes attributes = default;
        attributes.ProgramDescriptor = (uint)program.Number;
        attributes.TargetIndex = (uint)interfaceIndex;
        attributes.AttachType = (uint)point;
        return Call(LinkCreate, &attributes, sizeof(LinkAttributes), $"bpf(LINK_CREATE {point})");
    }

    private static FileDescriptor Call(int command, void* attributes, int size, string what)
    {
        int descriptor = SystemCall(Number, command, attributes, (uint)size);
        return descriptor >= 0 ? new(descriptor) : throw LinuxException.FromLastError(what);
    }

    /// <summary>The kernel takes 15 characters.</summary>
    private static void CopyName(string name, byte* target)
    {
        for (int i = 0; i < Math.Min(name.Length, 15); i++)
        {
            target[i] = (byte)name[i];
        }
    }

    internal static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial int SystemCall(nint number, int command, void* attributes, uint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct MapAttributes
    {
        public uint MapType;
        public uint KeySize;
        public uint ValueSize;
        public uint MaxEntries;
        public uint MapFlags;
        public uint InnerMapDescriptor;
        public uint NumaNode;
        public fixed byte Name[16];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramAttributes
    {
        public uint ProgramType;
        public uint InstructionCount;
        public ulong Instructions;
        public ulong License;
        public uint LogLevel;
        public uint LogSize;
        public ulong LogBuffer;
        public uint KernelVersion;
        public uint ProgramFlags;
        public fixed byte Name[16];
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct LinkAttributes
    {
        public uint ProgramDescriptor;
        public uint TargetIndex;
        public uint AttachType;
        public uint Flags;
    }
}
