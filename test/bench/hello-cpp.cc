// SPDX-License-Identifier: ISC
// cpp_hello_image_pc: iostreams, strings, containers, an exception.
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

int main()
{
	std::map<int, std::string> words = {{1, "Hello"}, {2, "from"}, {3, "Kiln!"}};

	try {
		words.at(4);
	} catch (const std::out_of_range &) {
		for (const auto &[n, word] : words)
			std::cout << word << (n == 3 ? '\n' : ' ');
	}
}
