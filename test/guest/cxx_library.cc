// SPDX-License-Identifier: ISC
// The C++ library beside threads: streams, files and directories, time, regular expressions, the order of
// initialization.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <complex>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <locale>
#include <map>
#include <memory>
#include <memory_resource>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "test/tap.h"

namespace fs = std::filesystem;

namespace {

std::string &order()
{
	static std::string text;

	return text;
}

struct says {
	explicit says(char c) { order() += c; }
};

says late('c');
[[gnu::init_priority(200)]] says early('a');
[[gnu::init_priority(300)]] says middle('b');

[[gnu::constructor(101)]] void before_all()
{
	order() += '0';
}

void test_initialization()
{
	tap_ok(order() == "0abc", "constructors run by priority, then in order: %s", order().c_str());
}

void test_streams()
{
	std::ostringstream out;

	out << std::setw(6) << std::setfill('.') << 42 << ' ' << std::hex << std::showbase << 255 << ' ' << std::fixed
	    << std::setprecision(3) << 3.14159 << ' ' << std::boolalpha << true << ' ' << std::complex<double>(1, -1);
	tap_ok(out.str() == "....42 0xff 3.142 true (1.000,-1.000)", "formatting: %s", out.str().c_str());

	std::istringstream in("17 2.5e3 word\nrest of it");
	int n;
	double d;
	std::string word, line;
	in >> n >> d >> word >> std::ws;
	std::getline(in, line);
	tap_ok(n == 17 && d == 2500 && word == "word" && line == "rest of it" && in.eof(), "reading");

	std::wostringstream wide;
	wide << L"wide " << 1;
	tap_ok(wide.str() == L"wide 1", "wide streams");
	tap_ok(std::locale().name() == "C" && std::use_facet<std::ctype<char>>(std::locale()).toupper('a') == 'A',
	       "the locale is C");
	std::cout << "# to standard output" << std::endl;
	std::clog << "# to standard error" << std::endl;
	tap_ok(std::cout.good() && std::clog.good(), "the standard streams work");
	double parsed = 0;
	char digits[32];
	const char text[] = "0.1";
	std::from_chars(text, text + 3, parsed);
	auto end = std::to_chars(digits, digits + sizeof digits, parsed);
	tap_ok(parsed == 0.1 && std::string(digits, end.ptr) == "0.1", "from_chars and to_chars");
}

void test_files(const fs::path &top)
{
	fs::path file = top / "a" / "b" / "text";

	tap_ok(fs::create_directories(file.parent_path()), "create_directories");
	std::ofstream(file) << "line 1\nline 2\n" << std::string(100000, 'x');
	tap_ok(fs::file_size(file) == 100014, "a file written by a stream");
	std::fstream both(file, std::ios::in | std::ios::out | std::ios::binary);
	both.seekp(5) << '7';
	both.seekg(0);
	std::string line;
	std::getline(both, line);
	tap_ok(line == "line 7" && both.tellg() == 7, "seek, write and read");
	tap_ok(!std::ifstream(top / "missing"), "a missing file does not open");

	fs::copy_file(file, top / "copy");
	fs::rename(top / "copy", top / "moved");
	fs::create_symlink("moved", top / "link");
	fs::resize_file(top / "moved", 10);
	tap_ok(fs::file_size(top / "link") == 10 && fs::is_symlink(top / "link") && !fs::exists(top / "copy"),
	       "copy, rename, symlink, resize");
	tap_ok(fs::canonical(top / "a" / ".." / "link") == fs::canonical(top) / "moved", "canonical");
	fs::permissions(top / "moved", fs::perms::owner_read);
	tap_ok((fs::status(top / "moved").permissions() & fs::perms::all) == fs::perms::owner_read, "permissions");
	auto when = fs::file_time_type::clock::from_sys(std::chrono::sys_seconds{std::chrono::sys_days{std::chrono::year{2020} / 2 / 29}});
	fs::last_write_time(file, when);
	tap_ok(fs::last_write_time(file) == when, "last_write_time");

	std::set<std::string> seen;
	for (auto &e : fs::recursive_directory_iterator(top))
		seen.insert(e.path().lexically_relative(top).string());
	tap_ok(seen == std::set<std::string>{"a", "a/b", "a/b/text", "link", "moved"}, "recursive_directory_iterator");
	std::error_code error;
	fs::remove(top / "a", error);
	tap_ok(error == std::errc::directory_not_empty, "a directory with files is not removed: %s", error.message().c_str());
	tap_ok(fs::remove_all(top) == 6 && !fs::exists(top), "remove_all");
	tap_ok(fs::space("/tmp").capacity > 0, "space");
	auto was = fs::current_path();
	fs::current_path("/tmp");
	tap_ok(fs::current_path() == "/tmp", "current_path");
	fs::current_path(was);
}

void test_library()
{
	std::smatch match;
	std::string date = "on 2026-11-22.";
	tap_ok(std::regex_search(date, match, std::regex(R"((\d{4})-(\d\d)-(\d\d))")) && match[2] == "11", "regex");
	using namespace std::chrono;
	tap_ok(sys_days{2024y / February / last} == sys_days{2024y / 2 / 29} && weekday{sys_days{2026y / 11 / 22}} == Sunday,
	       "calendar");
	tap_ok(system_clock::now() > sys_days{2020y / 1 / 1}, "the clock says that it is after 2020");
	std::random_device device;
	std::set<unsigned> drawn;
	for (int i = 0; i < 8; i++)
		drawn.insert(device());
	tap_ok(drawn.size() > 6, "random_device");
	tap_ok(std::mt19937_64(5489)() == 14514284786278117030ull, "mt19937_64");
	std::unordered_map<std::string, std::shared_ptr<int>> map;
	for (int i = 0; i < 1000; i++)
		map[std::to_string(i)] = std::make_shared<int>(i);
	tap_ok(*map["777"] == 777 && map.size() == 1000, "containers");
	std::pmr::monotonic_buffer_resource pool;
	std::pmr::vector<int> numbers({3, 1, 2}, &pool);
	std::ranges::sort(numbers);
	tap_ok(numbers == std::pmr::vector<int>{1, 2, 3}, "sorting in a memory resource");
	struct alignas(4096) page {
		char bytes[4096];
	};
	auto aligned = std::make_unique<page>();
	tap_ok(reinterpret_cast<uintptr_t>(aligned.get()) % 4096 == 0, "aligned new");
}

} // namespace

int main()
{
	test_initialization();
	test_streams();
	test_files(fs::temp_directory_path() / ("cxx_library." + std::to_string(std::random_device()())));
	test_library();
	return tap_end();
}
