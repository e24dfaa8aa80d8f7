using System.Globalization;
using System.Reflection;

namespace Shaper.Bench.Inline;

/// <summary>
/// A child process that is the shaper, by its own entry point and with its own arguments, and beside that answers each line on its standard input with
/// the number of garbage collections and the bytes allocated so far.
/// </summary>
internal static class ShaperInside
{
    public const string Mark = "collected ";

    public static int Run(string[] arguments)
    {
        Thread answers = new(Answer) { IsBackground = true };
        answers.Start();
        MethodInfo main = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "shaper.dll")).EntryPoint!;
        return main.Invoke(null, [arguments]) is int code ? code : 0;
    }

    private static void Answer()
    {
        while (Console.In.ReadLine() is not null)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mark}{GC.CollectionCount(0)} {GC.GetTotalAllocatedBytes()}"));
        }
    }
}
